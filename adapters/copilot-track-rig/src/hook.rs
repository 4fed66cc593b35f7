//! The hook that tracks a run.

use std::sync::Arc;

use copilot_track::Turn;
use copilot_track::adapter::{DescribeTools, ToolCall, TurnScope};
use rig_agent::agent::{
    AgentHook, AgentRunner, CompletionCallAction, CompletionCallEvent, DispatchAction,
    DispatchEvent, HookContext, OutcomeAction, OutcomeEvent, RunSettled, RunStart, RunStartAction,
    StepEventKind, StreamingResult,
};

use crate::links::Links;
use crate::run_state::RunState;
use crate::tracked_run::TrackedRun;

/// A hook that tracks a run of an agent: each tool call, and the usage of each model call.
///
/// ```no_run
/// # use copilot_track_rig::TurnHook;
/// # async fn example(agent: rig_agent::Agent) -> Result<(), Box<dyn std::error::Error>> {
/// let answer = agent.prompt("Is it in stock?").add_hook(TurnHook::current()).await?;
/// # Ok(())
/// # }
/// ```
///
/// Each tool call sends Action Invoked with `duration_ms`, `outcome`, and, if the tool failed,
/// `error_type`. The usage of each model call is added to the current reply. If a streamed run
/// fails or is cancelled, the reply's `completion` is `error` or `cancelled`.
///
/// # Annotated tools
///
/// A tool with `#[tracked_tool]` sends no second event. If the agent was built with
/// [`build_tracked`](crate::BuildTracked::build_tracked), the `type` and the properties of the
/// attribute are used, and annotated functions that the tool calls are tracked.
///
/// Without `build_tracked`, all runs of the agent need this hook. Once [`current`](Self::current)
/// has created a hook for `add_hook`, annotated tools in its turn or reply send no events, even
/// outside the agent, because rig does not tell them whose call they belong to.
/// [`run`](Self::run) and [`stream`](Self::stream) do not affect tools outside the agent. If the
/// agent has a memory, use `build_tracked`.
#[derive(Debug, Clone, Default)]
#[must_use = "the run is tracked only if the hook is added to it"]
pub struct TurnHook {
    scope: Option<TurnScope>,
    describe: Option<DescribeTools>,
    links: Option<Links>,
    /// The scope in which this hook suppresses annotated tools until its run starts.
    suppressed: Option<TurnScope>,
}

impl TurnHook {
    /// Creates a hook for the current turn and reply. If there is no current turn, the hook uses
    /// the turn that is current when the run starts.
    ///
    /// Create the hook where the run starts. From then on, annotated tools in the current turn or
    /// reply send no events, unless the run starts with [`run`](Self::run) or
    /// [`stream`](Self::stream), or the agent was built with `build_tracked`.
    pub fn current() -> Self {
        let scope = TurnScope::current();
        // A run can poll the tools of other runs before it calls its hooks.
        let suppressed = scope.clone().filter(|scope| !scope.suppresses_tools());
        if let Some(scope) = &suppressed {
            scope.suppress_tools();
        }
        Self {
            scope,
            suppressed,
            ..Self::default()
        }
    }

    /// Creates a hook for a turn.
    pub fn new(turn: &Turn) -> Self {
        Self {
            scope: Some(turn.into()),
            ..Self::default()
        }
    }

    /// Creates the hook of an agent, which tracks runs in the turns in which they start.
    pub(crate) fn of_agent(links: Links) -> Self {
        Self {
            links: Some(links),
            ..Self::default()
        }
    }

    /// Sets the `type`, the `action`, and properties of each tool's calls. By default, the `type`
    /// is `Tool Call`, and the `action` is the name of the tool in words.
    ///
    /// ```
    /// use copilot_track::adapter::ToolCall;
    /// use copilot_track_rig::TurnHook;
    ///
    /// let hook = TurnHook::current().describe(|tool| match tool {
    ///     "stock_level" => ToolCall::new("Inventory Request", "check stock level"),
    ///     _ => ToolCall::for_tool(tool),
    /// });
    /// ```
    pub fn describe(mut self, describe: impl Fn(&str) -> ToolCall + Send + Sync + 'static) -> Self {
        self.describe = Some(DescribeTools::with(describe));
        self
    }

    /// Adds this hook to a run and starts the run.
    ///
    /// Use it for an agent that was not built with
    /// [`build_tracked`](crate::BuildTracked::build_tracked), if annotated tools are also called
    /// outside the agent in the same turn. With `add_hook`, such tools send no events after the run
    /// has started. With this method, they do.
    ///
    /// ```no_run
    /// # use copilot_track::tracked_tool;
    /// # use copilot_track_rig::TurnHook;
    /// # #[tracked_tool(type = "Receipt")] async fn send_receipt() {}
    /// # async fn example(agent: rig_agent::Agent) -> Result<(), Box<dyn std::error::Error>> {
    /// let answer = TurnHook::current().run(agent.prompt("Buy a tent")).await?;
    /// send_receipt().await; // an annotated tool
    /// # Ok(())
    /// # }
    /// ```
    pub fn run(self, run: AgentRunner) -> TrackedRun<<AgentRunner as IntoFuture>::IntoFuture> {
        let hook = self.in_current_scope();
        let scope = hook.scope.clone();
        TrackedRun::new(run.add_hook(hook).into_future(), scope.as_ref())
    }

    /// Does the same as [`run`](Self::run) for a streamed run.
    pub fn stream(self, run: AgentRunner) -> TrackedRun<StreamingResult> {
        let hook = self.in_current_scope();
        let scope = hook.scope.clone();
        TrackedRun::new(run.add_hook(hook).stream(), scope.as_ref())
    }

    /// Uses the current turn if there was none when the hook was created. The run gets a scope of
    /// its own, so that tools outside the run send their events.
    fn in_current_scope(mut self) -> Self {
        self.scope = self.scope.or_else(TurnScope::current);
        if let Some(scope) = self.suppressed.take() {
            scope.allow_tools();
        }
        self
    }

    /// Returns the state of the run, which the first hook that is called creates.
    fn state(&self, context: &HookContext) -> Arc<RunState> {
        let scratchpad = context.scratchpad();
        let state = scratchpad.get::<Arc<RunState>>().unwrap_or_else(|| {
            let state = Arc::new(RunState::new(context.is_streaming()));
            scratchpad.insert(Arc::clone(&state));
            state
        });
        state.configure(
            self.scope.as_ref(),
            self.describe.as_ref(),
            self.links.as_ref(),
        );
        if let Some(scope) = &self.suppressed
            && state.has_links()
        {
            scope.allow_tools();
        }
        state
    }
}

impl AgentHook for TurnHook {
    async fn on_run_start(&self, context: &HookContext, _: RunStart<'_>) -> RunStartAction {
        self.state(context);
        RunStartAction::Continue
    }

    async fn on_completion_call(
        &self,
        context: &HookContext,
        _: CompletionCallEvent<'_>,
    ) -> CompletionCallAction {
        self.state(context);
        CompletionCallAction::Continue
    }

    async fn on_dispatch(&self, context: &HookContext, event: DispatchEvent<'_>) -> DispatchAction {
        if let Some(tool) = event.tool_name() {
            self.state(context).start_call(event.id, tool);
        }
        DispatchAction::Proceed
    }

    async fn on_outcome(&self, context: &HookContext, event: OutcomeEvent<'_>) -> OutcomeAction {
        let state = self.state(context);
        if let Some(tool) = event.tool_name() {
            state.end_call(&event, tool);
        } else if let Some(response) = event.completion() {
            state.end_model_call(event.id, response);
        }
        OutcomeAction::Proceed
    }

    async fn on_run_settled(&self, context: &HookContext, event: RunSettled<'_>) {
        self.state(context).settle(event.outcome);
    }

    fn observes(&self, kind: StepEventKind) -> bool {
        matches!(
            kind,
            StepEventKind::RunStart
                | StepEventKind::RunSettled
                | StepEventKind::CompletionCall
                | StepEventKind::CompletionDispatch
                | StepEventKind::ToolDispatch
        )
    }
}
