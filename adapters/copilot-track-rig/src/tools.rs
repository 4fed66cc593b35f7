//! Tools that run in the turns of their calls.

use copilot_track::adapter::TurnScope;
use rig_agent::Agent;
use rig_agent::bus::Dispatcher;
use rig_agent::core::effect::{EffectKind, HandlerDescriptor, HandlerKey, family};
use rig_agent::core::serve::{Dispatch, ErasedHandler, Reply, Serve};
use rig_agent::tool::{RegisteredTool, ToolSet};

use crate::links::Links;

/// The name of the wrapper in the descriptors of tools.
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

/// Wraps the tools of an agent.
#[derive(Clone)]
pub(crate) struct Wrapper {
    links: Links,
    bus_key: HandlerKey,
}

impl Wrapper {
    pub(crate) fn new(agent: &Agent, links: &Links) -> Self {
        Self {
            links: links.clone(),
            bus_key: agent.model_key().raw().clone(),
        }
    }

    /// Wraps the tools of a set.
    pub(crate) fn wrap_all(&self, tools: &ToolSet) -> ToolSet {
        let mut exposed = ToolSet::default();
        let mut retrieved = ToolSet::default();
        let exposed_names: Vec<_> = tools.always_exposed_names().collect();
        for (name, tool) in tools.iter() {
            let tool = self.wrap(tool.clone());
            if exposed_names.contains(&name) {
                exposed.add_registered_tool(tool);
            } else {
                retrieved.add_registered_tool(tool);
            }
        }
        exposed.add_retrievable_tools(retrieved);
        exposed
    }

    /// Wraps a tool that is not wrapped yet. Returns the tool unchanged if it cannot be wrapped.
    pub(crate) fn wrap(&self, tool: RegisteredTool) -> RegisteredTool {
        let layers = tool.handler().descriptor().layers;
        if layers.iter().any(|layer| layer == LAYER) {
            return tool;
        }
        let wrapped = InTurnOfCall {
            tool: tool.handler().clone(),
            links: self.links.clone(),
            bus_key: self.bus_key.clone(),
        };
        match RegisteredTool::from_handler(wrapped) {
            Ok(wrapped) => wrapped.with_key(tool.key().clone()),
            Err(error) => {
                tracing::warn!(tool = tool.name(), %error, "the tool is not tracked in its turn");
                tool
            }
        }
    }
}
