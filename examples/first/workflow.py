"""A first workflow: it asks a service to greet, waits for the answer, and ends with it."""

import arvo
from pydantic import BaseModel


class Greet(BaseModel):
    name: str


class Greeting(BaseModel):
    text: str


def greet(request: arvo.Input[Greet]) -> arvo.Output:
    return arvo.Output("evt.greet.user.success", Greeting(text=f"Hello, {request.data.name}!"))


def welcome(given: arvo.ResumableInput) -> arvo.Resumed:
    if given.init:
        return arvo.Resumed(services=[arvo.Output("com.greet.user", Greet(name=given.data["name"]))])
    return arvo.Resumed(output={"said": given.data.text})


spec = arvo.VersionSpec(accepts=Greet, emits=Greeting)
service = arvo.Contract.simple(uri="#/services/greet", type="greet.user", versions={"1.0.0": spec})
schema = {"type": "object"}
flow = arvo.OrchestratorSpec(init=schema, complete=schema)
contract = arvo.Contract.orchestrator(uri="#/flows/welcome", name="welcome", versions={"1.0.0": flow})
workflow = arvo.resumable(contract, {"1.0.0": welcome}, services={"greet": service.version("1.0.0")})
broker = arvo.Broker([arvo.handler(service, {"1.0.0": greet}), workflow])
event = contract.version("1.0.0").init({"name": "Ada", "parentSubject$$": None}, source="com.shop.web")
answer = broker.resolve(event)
if answer:
    print(answer.type, dict(answer.data))
