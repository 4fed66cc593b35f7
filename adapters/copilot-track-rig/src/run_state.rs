//! The state of one run of an agent, which all hooks of the run share.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use copilot_track::adapter::{DescribeTools, Outcome, StartedToolCall, TurnScope};
use rig_agent::agent::{OutcomeEvent, SettledOutcome};
use rig_agent::core::completion::{self, CompletionResponse};
use rig_agent::core::effect::{self, EffectId};
use rig_agent::core::error::ErrorKind;
use rig_agent::tool::ToolResult;

use crate::links::Links;
use crate::usage;

/// The state of one run. It is dropped with the run, so calls that have not ended are cancelled.
#[derive(Debug)]
pub(crate) struct RunState(Mutex<State>);

#[derive(Debug)]
struct State {
    scope: Option<TurnScope>,
    describe: DescribeTools,
    /// Connects the run to the agent's tools, if the agent was built with `build_tracked`.
    links: Option<Links>,
    calls: HashMap<EffectId, StartedToolCall>,
    /// The tool calls that have ended.
    ended_calls: HashSet<EffectId>,
    /// The model calls whose usage was reported.
    model_calls: HashSet<EffectId>,
    reported_usage: completion::Usage,
    is_streaming: bool,
    is_settled: bool,
}

impl RunState {
    pub(crate) fn new(is_streaming: bool) -> Self {
        Self(Mutex::new(State {
            // The scope of a run that polls the work of other users is not known to be this run's.
            scope: TurnScope::current().filter(|scope| !scope.suppresses_tools()),
            describe: DescribeTools::default(),
            links: None,
            calls: HashMap::new(),
            ended_calls: HashSet::new(),
            model_calls: HashSet::new(),
            reported_usage: completion::Usage::new(),
            is_streaming,
            is_settled: false,
        }))
    }

    /// Applies the settings of a hook.
    pub(crate) fn configure(
        &self,
        scope: Option<&TurnScope>,
        describe: Option<&DescribeTools>,
        links: Option<&Links>,
    ) {
        let mut state = self.lock();
        if let Some(scope) = scope {
            state.scope = Some(scope.clone());
        }
        if let Some(describe) = describe {
            state.describe = describe.clone();
        }
        if let Some(links) = links {
            state.links = Some(links.clone());
        }
        // The run's polls can run tools of other runs. Without links, the tools find this run's
        // scope.
        if state.links.is_none()
            && let Some(current) = TurnScope::current()
        {
            current.suppress_tools();
        }
    }

    /// Returns whether the agent was built with `build_tracked`.
    pub(crate) fn has_links(&self) -> bool {
        self.lock().links.is_some()
    }

    /// Starts a tool call, unless another hook has started it.
    pub(crate) fn start_call(&self, id: EffectId, tool: &str) {
        let (scope, describe) = {
            let state = self.lock();
            if state.calls.contains_key(&id) {
                return;
            }
            (state.scope.clone(), state.describe.clone())
        };
        // This calls a closure of the application, so the lock is not held.
        let call = describe.call(tool).start_in(scope.as_ref());
        let mut state = self.lock();
        if let Some(links) = &state.links {
            links.insert(id, call.scope());
        }
        state.calls.insert(id, call);
    }

    /// Ends a tool call, unless another hook has ended it.
    pub(crate) fn end_call(&self, event: &OutcomeEvent<'_>, tool: &str) {
        let is_first = self.lock().ended_calls.insert(event.id);
        if !is_first {
            return;
        }
        // A hook that is called earlier can skip the call before this one sees it.
        self.start_call(event.id, tool);
        let call = {
            let mut state = self.lock();
            if let Some(links) = &state.links {
                links.remove(event.id);
            }
            state.calls.remove(&event.id)
        };
        if let Some(call) = call {
            call.finish(outcome(event));
        }
    }

    /// Adds the usage of a model call to the reply, unless another hook has added it.
    pub(crate) fn end_model_call(&self, id: EffectId, response: &CompletionResponse) {
        let mut state = self.lock();
        if !state.model_calls.insert(id) {
            return;
        }
        usage::add(&mut state.reported_usage, &response.usage);
        // The call is reported once, so it needs no `call_id`. Some servers use the same id for all
        // responses.
        if let Some(scope) = &state.scope {
            scope.reply().add_usage(usage::of_response(response));
        }
    }

    /// Ends the run.
    pub(crate) fn settle(&self, outcome: SettledOutcome<'_>) {
        let mut state = self.lock();
        if std::mem::replace(&mut state.is_settled, true) {
            return;
        }
        match outcome {
            SettledOutcome::Response(response) => {
                // Hooks do not see model calls whose answers were rejected.
                let rest = usage::unreported(&response.usage, &state.reported_usage);
                if let (Some(rest), Some(scope)) = (rest, &state.scope) {
                    scope.reply().add_usage(rest);
                }
            }
            SettledOutcome::Error(_) => state.set_completion(&Outcome::Error(None)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Sets why the reply is incomplete. Only the text of a streamed run is already shown.
    fn set_completion(&self, outcome: &Outcome) {
        if let Some(scope) = &self.scope
            && self.is_streaming
        {
            scope.set_completion(outcome);
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(links) = &self.links {
            for id in self.calls.keys() {
                links.remove(*id);
            }
        }
        if !self.is_settled {
            self.set_completion(&Outcome::Cancelled);
        }
    }
}

fn outcome(event: &OutcomeEvent<'_>) -> Outcome {
    match event.outcome {
        Ok(effect::Outcome::ToolResult { result }) => result_outcome(result),
        Ok(_) => Outcome::Error(None),
        Err(report) if report.kind == ErrorKind::Cancelled => Outcome::Cancelled,
        Err(report) => Outcome::error(report.kind.code()),
    }
}

fn result_outcome(result: &ToolResult) -> Outcome {
    if result.is_skipped() {
        return Outcome::Cancelled;
    }
    match result.error() {
        Some(error) => Outcome::error(error.kind().as_str()),
        None if result.is_refused() => Outcome::error("refused"),
        None => Outcome::Ok,
    }
}
