"""A first machine: the workflow of workflow.py as a statechart, with one function in it."""

import arvo
from pydantic import BaseModel


class Greet(BaseModel):
    name: str


class Greeting(BaseModel):
    text: str


def greet(request: arvo.Input[Greet]) -> arvo.Output:
    return arvo.Output("evt.greet.user.success", Greeting(text=f"Hello, {request.data.name}!"))


spec = arvo.VersionSpec(accepts=Greet, emits=Greeting)
service = arvo.Contract.simple(uri="#/services/greet", type="greet.user", versions={"1.0.0": spec})
flow = arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})
contract = arvo.Contract.orchestrator(uri="#/flows/welcome", name="welcome", versions={"1.0.0": flow})
asked = arvo.emit({"type": "com.greet.user", "data": {"name": arvo.expr("context.name")}})
said = {"target": "done", "actions": arvo.assign(said=lambda context, event: event["data"].text)}
chart = {
    "id": "welcome",
    "context": {"name": arvo.expr("input.data.name"), "said": None},
    "initial": "asking",
    "states": {
        "asking": {"entry": asked, "on": {"evt.greet.user.success": said, "sys.*": "done"}},
        "done": {"type": "final"},
    },
    "output": {"said": arvo.expr("context.said")},
}
welcome = arvo.machine(self=contract.version("1.0.0"), services={"greet": service.version("1.0.0")}).create(chart)
broker = arvo.Broker([arvo.handler(service, {"1.0.0": greet}), arvo.orchestrator(welcome)])
event = contract.version("1.0.0").init({"name": "Ada", "parentSubject$$": None}, source="com.shop.web")
if answer := broker.resolve(event):
    print(answer.type, dict(answer.data))
