//! The path to the library in attributes that another crate's macro contains.

use copilot_track::testing::TestTracker;

copilot_track_tests::tracked_functions!(look_up, look_up_recorded, answer, ShelfEmptied);

/// Declares a tool whose attribute finds the library at `$library`.
macro_rules! tool {
    ($library:path, $name:ident) => {
        #[copilot_track::tracked_tool(type = "t", crate = $library)]
        fn $name() {}
    };
}

tool!(::copilot_track, look_up_with_path);
tool!(
    ::copilot_track_tests::tracking,
    look_up_with_path_in_another_crate
);

#[copilot_track::tracked_reply(crate = crate::derive::elsewhere::tracking)]
fn answer_of_this_crate() -> String {
    "no".to_owned()
}

#[tokio::test]
async fn a_macro_of_another_crate_can_contain_attributes() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Hello");
    let run = turn.run(async {
        look_up();
        look_up_with_path();
        look_up_with_path_in_another_crate();
        assert_eq!(look_up_recorded("abc").await, Ok(3));
        assert_eq!(answer("yes"), "YES");
        assert_eq!(answer_of_this_crate(), "no");
    });
    run.await;
    test.conversation().track(ShelfEmptied { count: 2 });
    let names: Vec<_> = test
        .events()
        .iter()
        .map(|event| event.name().to_owned())
        .collect();
    let expected = ["Action Invoked"; 4].into_iter().chain([
        "Message Received",
        "Message Received",
        "Shelf Emptied",
    ]);
    let expected: Vec<_> = expected.collect();
    assert_eq!(names[names.len() - expected.len()..], expected);
}
