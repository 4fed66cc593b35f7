//! The `type` and the `action` of the tools of a framework.

use std::fmt;
use std::sync::Arc;

use super::tool_call::ToolCall;
use crate::util::panics;

/// A closure of the application that sets the `type`, the `action`, and properties for each tool.
///
/// Adapters accept such a closure, so that applications need no attribute on their tools:
///
/// ```
/// use copilot_track::adapter::{DescribeTools, ToolCall};
///
/// let describe = DescribeTools::with(|tool| match tool {
///     "stock_level" => ToolCall::new("Inventory Request", "check stock level"),
///     _ => ToolCall::for_tool(tool),
/// });
/// let call = describe.call("stock_level");
/// ```
#[derive(Clone, Default)]
pub struct DescribeTools(Option<Arc<DescribeTool>>);

type DescribeTool = dyn Fn(&str) -> ToolCall + Send + Sync;

impl DescribeTools {
    /// Uses a closure, which gets the name of the tool. If the closure panics, the defaults apply.
    pub fn with(describe: impl Fn(&str) -> ToolCall + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(describe)))
    }

    /// Returns a call to the tool named `name`. Without a closure, this is
    /// [`ToolCall::for_tool`].
    pub fn call(&self, name: &str) -> ToolCall {
        let described = self.0.as_ref();
        described
            .and_then(|describe| panics::catch(|| describe(name)))
            .unwrap_or_else(|| ToolCall::for_tool(name))
    }
}

impl fmt::Debug for DescribeTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DescribeTools")
            .field(&self.0.is_some())
            .finish()
    }
}
