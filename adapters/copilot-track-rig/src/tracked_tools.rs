//! Tools that are added to an agent after it was built.

use std::fmt;

use rig_agent::tool::server::ToolServerHandle;
use rig_agent::tool::{DynamicTool, RegisteredTool, Tool, ToolSet};

use crate::tools::Wrapper;

/// The tools of an agent. Returned by
/// [`BuildTracked::build_with_tools`](crate::BuildTracked::build_with_tools).
///
/// A tool that is added with this handle runs in the turns of its calls, like the tools with which
/// the agent was built. The model can call the tool from its next turn on. The handle is cheap to
/// clone.
#[derive(Clone)]
pub struct TrackedTools {
    server: ToolServerHandle,
    wrapper: Wrapper,
}

impl TrackedTools {
    pub(crate) fn new(server: ToolServerHandle, wrapper: Wrapper) -> Self {
        Self { server, wrapper }
    }

    /// Adds a typed tool. A tool with the same name is replaced.
    pub fn add_tool(&self, tool: impl Tool + 'static) {
        self.add(RegisteredTool::from_tool(tool));
    }

    /// Adds a runtime-defined tool, for example an agent. A tool with the same name is replaced.
    ///
    /// The tool's liveness probe is not used.
    pub fn add_dynamic_tool(&self, tool: DynamicTool) {
        self.add(RegisteredTool::from_dynamic(tool));
    }

    /// Adds all tools of a set. Tools with the same names are replaced.
    pub fn add_tools(&self, tools: &ToolSet) {
        self.server.add_tools(self.wrapper.wrap_all(tools));
    }

    /// Removes the tool named `name`.
    pub fn remove_tool(&self, name: &str) {
        self.server.remove_tool(name);
    }

    fn add(&self, tool: RegisteredTool) {
        self.server.add_registered_tool(self.wrapper.wrap(tool));
    }
}

impl fmt::Debug for TrackedTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedTools").finish_non_exhaustive()
    }
}
