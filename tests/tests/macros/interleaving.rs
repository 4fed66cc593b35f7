//! Users whose work is polled and dropped inside the work of other users, in a random order.
//!
//! This is what an executor in one task does, such as `FuturesUnordered`, `buffer_unordered`, or
//! `select!`: a future of one user can be polled while a future of another user is being polled.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use copilot_track::testing::TestTracker;
use copilot_track::{
    Conversation, ConversationId, InCurrentTurn as _, Turn, User, tracked_reply, tracked_tool,
};
use futures_util::future::{self, FutureExt as _};
use futures_util::stream::{self, FuturesUnordered, Stream, StreamExt as _};
use futures_util::task::noop_waker_ref;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

const USERS: usize = 12;
const QUESTIONS: usize = 8;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// The work of all users that is not being polled.
#[derive(Clone)]
struct Pool(Rc<RefCell<PoolState>>);

struct PoolState {
    work: Vec<Work>,
    random: SmallRng,
}

impl Pool {
    fn new(seed: u64) -> Self {
        Self(Rc::new(RefCell::new(PoolState {
            work: Vec::new(),
            random: SmallRng::seed_from_u64(seed),
        })))
    }

    fn below(&self, limit: usize) -> usize {
        self.0.borrow_mut().random.random_range(0..limit)
    }

    fn add(&self, work: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().work.push(Box::pin(work));
    }

    fn take(&self) -> Option<Work> {
        let mut state = self.0.borrow_mut();
        let PoolState { work, random } = &mut *state;
        if work.is_empty() {
            return None;
        }
        let position = random.random_range(0..work.len());
        Some(work.swap_remove(position))
    }

    /// Polls or drops the work of a random user. Returns `false` if there is none.
    fn poll_one(&self, context: &mut Context<'_>) -> bool {
        let Some(mut work) = self.take() else {
            return false;
        };
        if self.below(80) > 0 && work.as_mut().poll(context).is_pending() {
            self.0.borrow_mut().work.push(work);
        }
        true
    }

    /// Waits. In the meantime, other work is polled.
    async fn wait(&self) {
        for _ in 0..self.below(3) {
            poll_fn(|context| {
                self.poll_one(context);
                Poll::Ready(())
            })
            .await;
        }
        let mut is_ready = self.below(2) == 0;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut is_ready, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

#[tracked_tool(type = "Step", properties(user = user, reply))]
async fn step(pool: &Pool, user: usize, reply: usize) {
    pool.wait().await;
}

#[tracked_tool(type = "Outer step", properties(user = user, reply))]
async fn outer_step(pool: &Pool, user: usize, reply: usize) {
    pool.wait().await;
    step(pool, user, reply).await;
    pool.wait().await;
}

/// Calls some tools, one after the other or at the same time.
async fn steps(pool: &Pool, user: usize, reply: usize) {
    for _ in 0..pool.below(4) {
        match pool.below(4) {
            0 => step(pool, user, reply).await,
            1 => outer_step(pool, user, reply).await,
            2 => {
                let calls: FuturesUnordered<_> = (0..3).map(|_| step(pool, user, reply)).collect();
                calls.collect::<Vec<()>>().await;
            }
            _ => {
                // This work continues after the reply.
                let (own, in_turn) = (pool.clone(), pool.clone());
                let work = async move { outer_step(&own, user, reply).await };
                in_turn.add(work.in_current_turn());
            }
        }
    }
}

#[tracked_reply]
async fn answer(pool: Pool, user: usize, reply: usize) -> String {
    steps(&pool, user, reply).await;
    format!("{user}/{reply}")
}

#[tracked_reply]
fn streamed(pool: Pool, user: usize, reply: usize) -> impl Stream<Item = String> {
    stream::unfold(0, move |number| {
        let pool = pool.clone();
        async move {
            steps(&pool, user, reply).await;
            let text = if number == 0 {
                format!("{user}/{reply}")
            } else {
                String::new()
            };
            (number < 4).then_some((text, number + 1))
        }
    })
}

/// Asks some questions, and gets the answers in different ways.
async fn session(pool: Pool, user: usize, conversation: Conversation) {
    for question in 0..QUESTIONS {
        let reply = user * 100 + question;
        let turn: Turn = conversation.turn(format!("Question {reply}"));
        let new = |pool: &Pool| answer(pool.clone(), user, reply);
        match pool.below(5) {
            0 => drop(turn.run(new(&pool)).await),
            1 => {
                let stream = turn.in_scope(|| streamed(pool.clone(), user, reply));
                let mut stream = Box::pin(stream);
                while stream.next().await.is_some() && pool.below(5) > 0 {
                    pool.wait().await;
                }
            }
            2 => {
                let work = turn.run(new(&pool));
                pool.add(async move { drop(work.await) });
            }
            3 => {
                let (reply, timeout) = (pin!(turn.run(new(&pool))), pin!(pool.wait()));
                drop(future::select(reply, timeout).await);
            }
            _ => {
                let other = conversation.turn("Another question");
                let other = other.run(answer(pool.clone(), user, reply + 50));
                let both = [turn.run(new(&pool)).boxed_local(), other.boxed_local()];
                let both: FuturesUnordered<_> = both.into_iter().collect();
                both.collect::<Vec<_>>().await;
            }
        }
    }
}

/// Runs the sessions of all users, and checks that each event has the right user and reply.
fn check(seed: u64) {
    let test = TestTracker::new();
    let pool = Pool::new(seed);
    for user in 0..USERS {
        let known = User::known(user.to_string()).unwrap();
        let id = ConversationId::new(format!("c-{user}")).unwrap();
        let conversation = test.tracker().conversation_with_id(id, known);
        pool.add(session(pool.clone(), user, conversation));
    }
    let mut context = Context::from_waker(noop_waker_ref());
    while pool.poll_one(&mut context) {}

    let mut replies = BTreeMap::new();
    for event in test.events_named("Message Received") {
        let body = event.property("message_body").unwrap().as_str().unwrap();
        let (user, _) = body.split_once('/').unwrap();
        assert_eq!(event.user_id(), Some(user), "seed {seed}");
        let id = event.message_id().unwrap().to_owned();
        let earlier = replies.insert(body.to_owned(), id);
        assert_eq!(earlier, None, "seed {seed}: two replies {body}");
    }
    let mut compared = 0;
    for event in test.events_named("Action Invoked") {
        let number = |name: &str| event.property(name).unwrap().as_u64().unwrap();
        let (user, reply) = (number("user").to_string(), number("reply"));
        assert_eq!(event.user_id(), Some(&*user), "seed {seed}");
        assert_eq!(event.conversation_id(), Some(&*format!("c-{user}")));
        if let Some(id) = replies.get(&format!("{user}/{reply}")) {
            assert_eq!(event.message_id(), Some(&**id), "seed {seed}");
            compared += 1;
        }
    }
    assert!(
        compared > USERS,
        "seed {seed}: {compared} events of replies"
    );
    assert!(Turn::current().is_none());
}

#[test]
fn work_of_many_users_in_one_task_is_not_mixed_up() {
    for seed in 0..20 {
        check(seed);
    }
}
