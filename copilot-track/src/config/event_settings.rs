//! The settings for what every event contains.

use serde::Serialize;

use crate::config::builder::TrackerBuilder;
use crate::delivery::segment::defaults::Defaults;
use crate::error::ConfigError;
use crate::event::context::event_context::Context;
use crate::event::integrations::Integrations;
use crate::ledger::counters::Counters;
use crate::privacy::client_ip::ClientIp;
use crate::tracker::event_defaults::{EventDefaults, TraceIdSource};

impl TrackerBuilder {
    /// Sets the context of every event, for example the name and the version of the application.
    ///
    /// Default: only `context.library`. The contexts of [conversations] and [turns] are merged into
    /// this context. A message that is passed to [`Tracker::send`](crate::Tracker::send) gets the
    /// fields that its own context does not have.
    ///
    /// [conversations]: crate::Conversation::set_context
    /// [turns]: crate::Conversation::turn_with_context
    pub fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Sets how much of customers' IP addresses is sent.
    ///
    /// Default: the complete address, unless the [content policy](crate::Content) is stricter.
    pub fn client_ip(mut self, rule: ClientIp) -> Self {
        self.client_ip = rule;
        self
    }

    /// Sets which destinations receive the events: Segment's
    /// [`integrations`](https://segment.com/docs/connections/spec/common/#integrations), a map or a
    /// struct.
    ///
    /// Default: none, so that all destinations receive the events. If `integrations` is neither a
    /// map nor a struct, [`build`](Self::build) returns an error.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let builder = copilot_track::Tracker::builder()
    ///     .integrations(&json!({ "All": true, "Mixpanel": false }));
    /// # drop(builder);
    /// ```
    pub fn integrations(mut self, integrations: &(impl Serialize + ?Sized)) -> Self {
        self.integrations = Some(Integrations::of(integrations));
        self
    }

    /// Sets a closure that returns the id of the current trace. Each event carries it as
    /// `context.traceId`.
    ///
    /// Default: none. The closure is called on the caller's thread for each event. It should be
    /// fast. If it panics, or if it returns an id of more than 256 bytes, the event has no trace
    /// id. Events that the closure tracks are dropped.
    ///
    /// With OpenTelemetry:
    ///
    /// ```ignore
    /// use opentelemetry::trace::TraceContextExt as _;
    ///
    /// let builder = Tracker::builder().trace_id(|| {
    ///     let context = opentelemetry::Context::current();
    ///     let span = context.span().span_context().clone();
    ///     span.is_valid().then(|| span.trace_id().to_string())
    /// });
    /// ```
    pub fn trace_id(
        mut self,
        current: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.trace_id = Some(TraceIdSource::new(current));
        self
    }

    /// Returns what is added to events on the caller's thread and on the delivery thread.
    pub(super) fn defaults(
        &mut self,
        counters: &Counters,
    ) -> Result<(EventDefaults, Defaults), ConfigError> {
        let integrations = self.integrations.take().transpose();
        let integrations =
            integrations.map_err(|reason| ConfigError::InvalidIntegrations { reason })?;
        let mut context = std::mem::take(&mut self.context);
        counters.count_context_fields_left_out(context.fit());
        let context = (!context.is_empty()).then(|| context.into());
        let caller = EventDefaults {
            context: context.clone(),
            trace_id: self.trace_id.take(),
        };
        let delivery = Defaults {
            context,
            integrations,
            client_ip: self.client_ip,
        };
        Ok((caller, delivery))
    }
}
