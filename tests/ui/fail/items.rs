use copilot_track::tracked_tool;

#[tracked_tool(type = "t")]
struct Tool;

#[tracked_tool(type = "t")]
impl Tool {}

trait Tools {
    #[tracked_tool(type = "t")]
    fn call(&self);
}

#[tracked_tool(type = "t")]
const fn constant() -> u8 {
    1
}

#[tracked_tool(type = "t")]
mod tools {}

fn main() {
    let _ = (Tool, constant());
}
