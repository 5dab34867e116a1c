//! Texts with variables, conditions on them, and arguments made of both.

use std::collections::BTreeMap;

/// What is known by now: parameters, what is special about the item, what earlier output said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Variables {
    texts: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Variables {
    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.texts.insert(name.into(), value.into());
    }

    pub(crate) fn set_list(&mut self, name: impl Into<String>, values: Vec<String>) {
        self.lists.insert(name.into(), values);
    }

    /// A variable as text; what was never set is empty.
    pub(crate) fn text(&self, name: &str) -> String {
        match (self.texts.get(name), self.lists.get(name)) {
            (Some(text), _) => text.clone(),
            (None, Some(list)) => list.join(", "),
            (None, None) => String::new(),
        }
    }

    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A text with variables in braces: `{name}`. A brace itself is written twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '{' if rest.peek() == Some(&'{') => text.extend(rest.next()),
                '}' if rest.peek() == Some(&'}') => text.extend(rest.next()),
                '{' => {
                    let name: String = rest.by_ref().take_while(|character| *character != '}').collect();
                    if !is_name(&name) {
                        return Err(format!("`{{{name}` is no variable; a brace itself is written `{{{{`"));
                    }
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(Part::Variable(name));
                }
                '}' => return Err("a single `}`; a brace itself is written `}}`".to_owned()),
                other => text.push(other),
            }
        }
        parts.push(Part::Text(text));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self(parts))
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    pub(crate) fn render(&self, variables: &Variables) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Variable(name) => variables.text(name),
            })
            .collect()
    }

    /// The variable this consists of, if it is nothing else.
    fn only_variable(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Variable(name)] => Some(name),
            _ => None,
        }
    }
}

/// Whether this can name a variable.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A condition on one variable: `name`, `!name`, `name=value`, `name!=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    name: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    IsSet,
    IsNotSet,
    Is(String),
    IsNot(String),
}

impl Condition {
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        let (name, test) = if let Some((name, value)) = source.split_once("!=") {
            (name, Test::IsNot(value.to_owned()))
        } else if let Some((name, value)) = source.split_once('=') {
            (name, Test::Is(value.to_owned()))
        } else if let Some(name) = source.strip_prefix('!') {
            (name, Test::IsNotSet)
        } else {
            (source, Test::IsSet)
        };
        if !is_name(name) {
            return Err(format!("`{source}` is no condition"));
        }
        Ok(Self { name: name.to_owned(), test })
    }

    pub(crate) fn variable(&self) -> &str {
        &self.name
    }

    /// A variable that is empty, or says `no`, is not set.
    pub(crate) fn holds(&self, variables: &Variables) -> bool {
        let value = variables.text(&self.name);
        match &self.test {
            Test::IsSet => !value.is_empty() && value != "no",
            Test::IsNotSet => value.is_empty() || value == "no",
            Test::Is(wanted) => value == *wanted,
            Test::IsNot(unwanted) => value != *unwanted,
        }
    }
}

pub(crate) fn all_hold(conditions: &[Condition], variables: &Variables) -> bool {
    conditions.iter().all(|condition| condition.holds(variables))
}

/// One entry of a list of arguments; it may become none or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Argument {
    One(Template),
    If(Vec<Condition>, Vec<Template>),
    Each(String, Vec<Template>),
}

/// The arguments that come of it. Never a shell's business: each stays one argument, whatever is in it.
pub(crate) fn arguments(templates: &[Argument], variables: &Variables) -> Vec<String> {
    templates.iter().flat_map(|argument| argument.expand(variables)).collect()
}

impl Argument {
    fn expand(&self, variables: &Variables) -> Vec<String> {
        let render = |templates: &[Template], variables: &Variables| -> Vec<String> {
            templates.iter().map(|template| template.render(variables)).collect()
        };
        match self {
            Self::One(template) => match template.only_variable() {
                Some(name) if variables.lists.contains_key(name) => variables.list(name).to_vec(),
                _ => vec![template.render(variables)],
            },
            Self::If(conditions, templates) if all_hold(conditions, variables) => {
                render(templates, variables)
            }
            Self::If(..) => Vec::new(),
            Self::Each(name, templates) => {
                let mut one = variables.clone();
                let elements = variables.list(name).iter();
                elements
                    .flat_map(|element| {
                        one.set("each", element);
                        render(templates, &one)
                    })
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("path", "/a b");
        variables.set("ahead", "0");
        variables.set("delete", "no");
        variables.set_list("exclude", vec!["*.o".into(), "$(rm)".into()]);
        variables
    }

    #[test]
    fn a_text_is_filled_in_and_braces_are_written_twice() {
        for (source, expected) in [
            ("in {path}!", "in /a b!"),
            ("{{path}} {nothing}.", "{path} ."),
            ("@{{upstream}}", "@{upstream}"),
            ("{exclude}", "*.o, $(rm)"),
        ] {
            assert_eq!(Template::parse(source).unwrap().render(&variables()), expected);
        }
        assert!(Template::parse("{Path}").is_err());
        assert!(Template::parse("a } b").is_err());
    }

    #[test]
    fn conditions_look_at_one_variable() {
        for (source, holds) in [
            ("path", true),
            ("!path", false),
            ("delete", false),
            ("!delete", true),
            ("nothing", false),
            ("ahead", true),
            ("ahead=0", true),
            ("ahead!=0", false),
        ] {
            assert_eq!(Condition::parse(source).unwrap().holds(&variables()), holds, "{source}");
        }
        assert!(Condition::parse("a b").is_err());
    }

    #[test]
    fn arguments_are_never_split_and_lists_become_several() {
        let template = |source: &str| Template::parse(source).unwrap();
        let delete = Condition::parse("delete").unwrap();
        let arguments = arguments(
            &[
                Argument::One(template("{path}")),
                Argument::One(template("{exclude}")),
                Argument::If(vec![delete], vec![template("--delete")]),
                Argument::Each("exclude".into(), vec![template("--exclude"), template("{each}")]),
            ],
            &variables(),
        );
        assert_eq!(arguments, ["/a b", "*.o", "$(rm)", "--exclude", "*.o", "--exclude", "$(rm)"]);
    }
}
