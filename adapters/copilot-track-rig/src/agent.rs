//! Agents whose tools run in the turns of their calls.

use rig_agent::agent::{NoToolConfig, WithBuilderTools};
use rig_agent::{Agent, AgentBuilder};

use crate::hook::TurnHook;
use crate::links::Links;
use crate::tools::wrap_all;

/// Builds an agent whose runs are tracked in the turns in which they start.
///
/// ```no_run
/// use copilot_track_rig::BuildTracked as _;
/// use rig_agent::{Agent, AgentBuilder};
/// use rig_agent::core::DynModel;
/// use rig_agent::core::operation::Completion;
///
/// fn assistant(model: impl Into<DynModel<Completion>>) -> Agent {
///     AgentBuilder::new(model).build_tracked() // instead of `build()`
/// }
/// ```
///
/// The agent has a [`TurnHook`], so runs need none. In addition, each tool runs in the turn and the
/// reply of its call. Tools with `#[tracked_tool]` set the `type` and the properties of the call's
/// event, and annotated functions that a tool calls are tracked in the right conversation. This
/// also applies to agents that are tools of other agents, if all of them are built with this
/// method.
///
/// Tools that are added to the agent later, for example from an MCP server, do not run in the turns
/// of their calls. Their calls are reported, but do not annotate such tools. The trait is not
/// implemented for builders with a `ToolServerHandle`, because several agents can share its tools.
/// Use a [`TurnHook`] with such an agent.
pub trait BuildTracked {
    /// Builds the agent.
    fn build_tracked(self) -> Agent;
}

macro_rules! build_tracked {
    ($($state:ty)*) => {$(
        impl BuildTracked for AgentBuilder<$state> {
            fn build_tracked(self) -> Agent {
                let links = Links::default();
                let agent = self.add_hook(TurnHook::of_agent(links.clone())).build();
                wrap_all(&agent, &links);
                agent
            }
        }
    )*};
}

build_tracked!(NoToolConfig WithBuilderTools);
