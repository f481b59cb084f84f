// A first machine: the same game as in workflow.rs, as data; what it adds up is an expression.
use arvo::{BoxError, Broker, Contract, EventDraft, Handler, Input, Machine, Orchestrator, Output};
use serde_json::json;

async fn roll(_: Input) -> Result<Output, BoxError> {
    Ok(Output::new("evt.dice.roll.success", json!({"pips": 4})))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let object = |key: &str| json!({"type": "object", "properties": {key: {"type": "number"}}});
    let dice =
        Contract::simple("#/services/dice", "dice.roll").version("1.0.0", object("sides"), object("pips")).build()?;
    let game =
        Contract::orchestrator("#/games/two", "game.two").version("1.0.0", object("seat"), object("total")).build()?;

    let rolled = |next: &str| json!({"evt.dice.roll.success": {"target": next, "actions": "add"}});
    let machine = Machine::builder(&game.latest())
        .service("dice", &dice.latest())
        .action_form("roll", json!({"emit": {"type": "com.dice.roll", "data": {}}}))
        .action_form("add", json!({"assign": {"total": {"$": "context.total + event.data.pips"}}}))
        .definition(json!({
            "id": "two", "context": {"total": 0}, "initial": "first", "output": {"total": {"$": "context.total"}},
            "states": {
                "first": {"entry": "roll", "on": rolled("second")},
                "second": {"entry": "roll", "on": rolled("over")},
                "over": {"type": "final"},
            },
        }));
    let dealer = Handler::builder(&dice).version("1.0.0", roll).build()?;
    let player = Orchestrator::builder().machine(machine.build()?).build()?;
    let broker = Broker::builder().handler(&dealer).orchestrator(&player).build()?;

    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null}));
    let end = broker.resolve(game.latest().factory().init(draft)?).await?.ok_or("nobody answered")?;
    println!("{} {}", end.type_(), end.data_text());
    Ok(())
}
