//! Tools that run in the turns of their calls.

use copilot_track::adapter::TurnScope;
use rig_agent::Agent;
use rig_agent::bus::Dispatcher;
use rig_agent::core::effect::{EffectKind, HandlerDescriptor, HandlerKey, family};
use rig_agent::core::serve::{Dispatch, ErasedHandler, Reply, Serve};
use rig_agent::tool::{RegisteredTool, ToolSet};

use crate::links::Links;

/// The name of this layer in the descriptors of tools.
const LAYER: &str = "copilot-track";

/// The id of calls that do not run on a bus. They are polled by their callers.
const INLINE: u64 = 0;

/// A tool that runs in the turn of its call. An agent's bus polls a tool while the turn of any user
/// can be current.
struct InTurnOfCall {
    tool: ErasedHandler,
    links: Links,
    /// A key that only the agent's bus serves. The ids of calls are unique within a bus.
    bus_key: HandlerKey,
}

impl InTurnOfCall {
    /// Returns the scope of a call, if the agent's bus runs the call.
    fn scope_of(&self, dispatch: &Dispatch) -> Option<TurnScope> {
        let dispatcher = dispatch.scope::<Dispatcher>()?;
        dispatcher.descriptor(&self.bus_key)?;
        self.links.get(dispatch.id())
    }
}

impl Serve for InTurnOfCall {
    type Family = family::Dynamic;

    fn descriptor(&self) -> HandlerDescriptor {
        let mut descriptor = self.tool.descriptor();
        descriptor.layers.insert(0, LAYER.to_owned());
        descriptor
    }

    async fn serve(&self, kind: EffectKind, dispatch: Dispatch) -> Reply {
        if dispatch.id().as_u64() == INLINE {
            return self.tool.handle(kind, dispatch).await;
        }
        let scope = self.scope_of(&dispatch);
        TurnScope::run_in(scope.as_ref(), self.tool.handle(kind, dispatch)).await
    }
}

/// Wraps all tools of an agent that are not wrapped yet.
pub(crate) fn wrap_all(agent: &Agent, links: &Links) {
    let server = agent.tool_server_handle();
    let bus_key = agent.model_key().raw();
    let tools = server.toolset();
    let mut exposed = ToolSet::default();
    let mut retrieved = ToolSet::default();
    let exposed_names: Vec<_> = tools.always_exposed_names().map(str::to_owned).collect();
    for (name, tool) in tools.iter() {
        if let Some(wrapped) = wrap(tool, links, bus_key) {
            if exposed_names.iter().any(|exposed| exposed == name) {
                exposed.add_registered_tool(wrapped);
            } else {
                retrieved.add_registered_tool(wrapped);
            }
        }
    }
    let mut wrapped = exposed;
    wrapped.add_retrievable_tools(retrieved);
    server.add_tools(wrapped);
}

fn wrap(tool: &RegisteredTool, links: &Links, bus_key: &HandlerKey) -> Option<RegisteredTool> {
    let handler = tool.handler();
    if handler
        .descriptor()
        .layers
        .iter()
        .any(|layer| layer == LAYER)
    {
        return None;
    }
    let wrapped = InTurnOfCall {
        tool: handler.clone(),
        links: links.clone(),
        bus_key: bus_key.clone(),
    };
    match RegisteredTool::from_handler(wrapped) {
        Ok(wrapped) => Some(wrapped.with_key(tool.key().clone())),
        Err(error) => {
            tracing::warn!(tool = tool.name(), %error, "the tool is not tracked in its turn");
            None
        }
    }
}
