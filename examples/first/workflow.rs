// A first workflow: ask a service twice, keep what it said in between, end with the sum.
use arvo::{BoxError, Broker, Contract, EventDraft, Handler, Input, Output, Resumable, ResumableInput, Resumed};
use serde_json::{Value, json};

async fn roll(_: Input) -> Result<Output, BoxError> {
    Ok(Output::new("evt.dice.roll.success", json!({"pips": 4})))
}

async fn play(input: ResumableInput) -> Result<Resumed, BoxError> {
    let roll = || Output::new("com.dice.roll", json!({}));
    let Some(rolled) = input.service() else { return Ok(Resumed::default().service(roll())) };
    let pips = rolled.data()?["pips"].as_i64().unwrap_or_default();
    Ok(match input.context::<Value>()? {
        None => Resumed::default().context(json!({"first": pips})).service(roll()),
        Some(before) => {
            Resumed::default().output(json!({"total": before["first"].as_i64().unwrap_or_default() + pips}))
        }
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let object = |key: &str| json!({"type": "object", "properties": {key: {"type": "number"}}});
    let dice =
        Contract::simple("#/services/dice", "dice.roll").version("1.0.0", object("sides"), object("pips")).build()?;
    let game =
        Contract::orchestrator("#/games/two", "game.two").version("1.0.0", object("seat"), object("total")).build()?;

    let dealer = Handler::builder(&dice).version("1.0.0", roll).build()?;
    let player = Resumable::builder(&game).service("dice", &dice.latest()).version("1.0.0", play).build()?;
    let broker = Broker::builder().handler(&dealer).resumable(&player).build()?;

    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null}));
    let end = broker.resolve(game.latest().factory().init(draft)?).await?.ok_or("nobody answered")?;
    println!("{} {}", end.type_(), end.data_text());
    Ok(())
}
