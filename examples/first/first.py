"""A first handler: one contract, one function, one event."""

import arvo
from pydantic import BaseModel


class Greet(BaseModel):
    name: str


class Greeting(BaseModel):
    text: str


def greet(request: arvo.Input[Greet]) -> arvo.Output:
    return arvo.Output("evt.greet.user.success", Greeting(text=f"Hello, {request.data.name}!"))


version = arvo.VersionSpec(accepts=Greet, emits=Greeting)
contract = arvo.Contract.simple(uri="#/services/greet", type="greet.user", versions={"1.0.0": version})
event = contract.version("1.0.0").accepts({"name": "Ada"}, source="com.shop.web")
for answer in arvo.handler(contract, {"1.0.0": greet}).execute(event):
    print(answer.type, dict(answer.data))
