// A first handler: one contract, one function, one event.
use arvo::{BoxError, Contract, EventDraft, Handler, Input, Output};
use serde_json::json;

async fn greet(input: Input) -> Result<Output, BoxError> {
    let text = format!("Hello, {}!", input.event.data()?["name"].as_str().unwrap_or_default());
    Ok(Output::new("evt.greet.user.success", json!({"text": text})))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let object = |key: &str| json!({"type": "object", "properties": {key: {"type": "string"}}, "required": [key]});
    let contract =
        Contract::simple("#/services/greet", "greet.user").version("1.0.0", object("name"), object("text")).build()?;
    let handler = Handler::builder(&contract).version("1.0.0", greet).build()?;
    let draft = EventDraft::from_source("com.shop.web").data(json!({"name": "Ada"}));
    for answer in handler.execute(contract.latest().factory().accepts(draft)?).await? {
        println!("{} {}", answer.type_(), answer.data_text());
    }
    Ok(())
}
