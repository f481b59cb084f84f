//! Binary operators: equality, order, membership, arithmetic, joining.

use std::rc::Rc;

use super::error::Fault;
use super::evaluate::Evaluator;
use super::program::Operator;
use super::value::{self, ITEM, List, Text, Val};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn operate(&mut self, operator: Operator, left: Val<'a>, right: Val<'a>) -> Result<Val<'a>, Fault> {
        use Operator::{Add, Divide, Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, Multiply, Remainder};
        use Operator::{Subtract, Unequal};
        match (operator, left, right) {
            (Less, Val::Number(left), Val::Number(right)) => Ok(Val::Bool(left < right)),
            (Greater, Val::Number(left), Val::Number(right)) => Ok(Val::Bool(left > right)),
            (Equal, left, right) => value::equal(&left, &right, self.meter).map(Val::Bool),
            (Unequal, left, right) => value::equal(&left, &right, self.meter).map(|equal| Val::Bool(!equal)),
            (Less | LessOrEqual | Greater | GreaterOrEqual, left, right) => {
                if let (Val::Text(left), Val::Text(right)) = (&left, &right) {
                    self.meter.read(left.as_str().len().min(right.as_str().len()))?;
                }
                let order = left.compare(&right);
                order.ok_or_else(|| operands(operator, &left, &right)).map(|order| {
                    Val::Bool(match operator {
                        Less => order.is_lt(),
                        LessOrEqual => order.is_le(),
                        Greater => order.is_gt(),
                        _ => order.is_ge(),
                    })
                })
            }
            (In, item, Val::List(list)) => {
                for candidate in list.iter() {
                    if value::equal(&item, &candidate, self.meter)? {
                        return Ok(Val::Bool(true));
                    }
                }
                Ok(Val::Bool(false))
            }
            (In, Val::Text(key), Val::Map(map)) => {
                self.meter.step(map.search())?;
                Ok(Val::Bool(map.get(key.as_str()).is_some()))
            }
            (In, _, Val::Map(_)) => Ok(Val::Bool(false)),
            (In, left, right) => Err(operands(In, &left, &right)),
            (_, Val::Number(left), Val::Number(right)) => match operator {
                Subtract => value::checked(left - right),
                Multiply => value::checked(left * right),
                Divide | Remainder if right == 0.0 => Err(Fault::DivisionByZero),
                Divide => value::checked(left / right),
                Remainder => Ok(left % right),
                _ => value::checked(left + right),
            }
            .map(Val::Number),
            (_, Val::Number(_) | Val::Large(_), Val::Number(_) | Val::Large(_)) => Err(Fault::Inexact),
            (Add, Val::Text(left), Val::Text(right)) => self.join_texts(left, &right),
            (Add, Val::List(left), Val::List(right)) => self.join_lists(left, &right),
            (operator, left, right) => Err(operands(operator, &left, &right)),
        }
    }

    fn join_texts(&mut self, left: Text<'a>, right: &Text<'a>) -> Result<Val<'a>, Fault> {
        let right = right.as_str();
        self.meter.read(right.len())?;
        self.meter.make(right.len())?;
        // A text that nobody else sees grows in place: a sum of many is one text, not many.
        let mut made = match left {
            Text::Made(text) => text,
            Text::Lent(text) => {
                self.meter.make(text.len())?;
                Rc::new(text.to_owned())
            }
        };
        if Rc::strong_count(&made) > 1 {
            self.meter.make(made.len())?;
        }
        Rc::make_mut(&mut made).push_str(right);
        Ok(Val::Text(Text::Made(made)))
    }

    fn join_lists(&mut self, left: List<'a>, right: &List<'a>) -> Result<Val<'a>, Fault> {
        self.meter.step(right.len())?;
        self.meter.make(ITEM * right.len())?;
        let mut made = match left {
            List::Made(list) => list,
            List::Lent(list) => {
                self.meter.step(list.len())?;
                self.meter.make(ITEM * list.len())?;
                Rc::new(list.iter().map(Val::from).collect())
            }
        };
        if Rc::strong_count(&made) > 1 {
            self.meter.step(made.len())?;
            self.meter.make(ITEM * made.len())?;
        }
        Rc::make_mut(&mut made).extend(right.iter());
        Ok(Val::List(List::Made(made)))
    }
}

fn operands(operator: Operator, left: &Val<'_>, right: &Val<'_>) -> Fault {
    Fault::Operands { operator: operator.sign(), left: left.kind(), right: right.kind() }
}
