//! A streamed reply. The example needs no network: it starts a model server on the loopback
//! interface, and it prints the events instead of sending them.

use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::middleware::ReqwestService;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
};
use copilot_track::{Tracker, User};
use copilot_track_openai::TrackCalls;
use futures_util::StreamExt as _;
use model_server::{ModelServer, Script};
use tower::ServiceBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = ModelServer::start().await;
    let config = OpenAIConfig::new()
        .with_api_base(server.base_url())
        .with_api_key("no-key");
    let service = ServiceBuilder::new()
        .layer(TrackCalls::new().ask_for_usage(true))
        .service(ReqwestService::default());
    let client = Client::with_config(config).with_http_service(service);

    let tracker = Tracker::builder().json_lines(std::io::stdout()).build()?;
    let turn = tracker
        .conversation(User::known("ada")?)
        .turn("Is it in stock?");
    let reply = turn.start_reply();
    let text = reply.run(async {
        let message =
            ChatCompletionRequestUserMessage::from(Script::text("Three are left").message());
        let request = CreateChatCompletionRequestArgs::default()
            .model("scripted-1")
            .messages([message.into()])
            .build()?;
        let mut stream = client.chat().create_stream(request).await?;
        let mut text = String::new();
        while let Some(chunk) = stream.next().await {
            // The last chunk, which has the usage, has no choices.
            let choices = chunk?.choices;
            text.extend(
                choices
                    .into_iter()
                    .filter_map(|choice| choice.delta.content),
            );
        }
        Ok::<_, Box<dyn std::error::Error>>(text)
    });
    reply.send(text.await?);
    println!("{}", tracker.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
