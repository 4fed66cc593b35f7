//! Agents whose tools run in the turns of their calls.

use rig_agent::agent::{NoToolConfig, WithBuilderTools};
use rig_agent::{Agent, AgentBuilder};

use crate::hook::TurnHook;
use crate::links::Links;
use crate::tools::Wrapper;
use crate::tracked_tools::TrackedTools;

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
/// Add later tools to the agent with [`TrackedTools`]. A tool that is added with
/// `agent.tool_server_handle()` does not run in the turns of its calls: the calls are reported, but
/// annotated functions in the tool can send events in another user's conversation. The tools of an
/// MCP server have no such functions in this process, so they can be added in this way.
///
/// The trait is not implemented for builders with a `ToolServerHandle`, because several agents can
/// share its tools. Use a [`TurnHook`] with such an agent.
pub trait BuildTracked: Sized {
    /// Builds the agent.
    fn build_tracked(self) -> Agent {
        self.build_with_tools().0
    }

    /// Builds the agent, and returns a handle with which tools can be added to it later.
    ///
    /// ```no_run
    /// # use copilot_track_rig::BuildTracked as _;
    /// # use rig_agent::{AgentBuilder, core::DynModel, core::operation::Completion};
    /// # use rig_agent::core::tool::Tool;
    /// # fn example(model: DynModel<Completion>, stock_level: impl Tool + 'static) {
    /// let (agent, tools) = AgentBuilder::new(model).build_with_tools();
    /// tools.add_tool(stock_level); // instead of `agent.tool_server_handle().add_tool(stock_level)`
    /// # drop(agent);
    /// # }
    /// ```
    fn build_with_tools(self) -> (Agent, TrackedTools);
}

macro_rules! build_tracked {
    ($($state:ty)*) => {$(
        impl BuildTracked for AgentBuilder<$state> {
            fn build_with_tools(self) -> (Agent, TrackedTools) {
                let links = Links::default();
                let agent = self.add_hook(TurnHook::of_agent(links.clone())).build();
                let server = agent.tool_server_handle().clone();
                let tools = TrackedTools::new(server, Wrapper::new(&agent, &links));
                tools.add_tools(&agent.tool_server_handle().toolset());
                (agent, tools)
            }
        }
    )*};
}

build_tracked!(NoToolConfig WithBuilderTools);
