//! How a form becomes the request that it stands for.

use serde_json::{Map, Value};

use super::Form;
use crate::control::Request;

/// What a person filled into a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// A text, a path, or one of several options.
    Text(String),
    /// On or off.
    Toggle(bool),
    /// Several options, or a list.
    Several(Vec<String>),
}

impl FieldValue {
    /// What somebody typed into a list: a text for each line that has any.
    pub fn list(typed: &str) -> Self {
        let lines = typed.lines().filter(|line| !line.trim().is_empty());
        Self::Several(lines.map(str::to_owned).collect())
    }
}

/// Why no request could be made: a fault of whoever made the form.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// A field has no place in the request.
    #[error("`{name}` is no member of its request")]
    NoPlace {
        /// The name of the field.
        name: String,
    },
    /// With the values in it, it is none.
    #[error("it does not make a request")]
    NoRequest(#[from] serde_json::Error),
}

impl Form {
    /// The request with these values in it, by the names of their fields. Fields that were left empty are not among them.
    ///
    /// # Errors
    ///
    /// When the form does not fit what it asks for, whatever is filled in.
    pub fn fill(&self, values: &[(&str, FieldValue)]) -> Result<Request, FillError> {
        let mut request = self.request.clone();
        for (name, value) in values {
            let value = match value {
                FieldValue::Text(text) => Value::from(text.as_str()),
                FieldValue::Toggle(on) => Value::from(*on),
                FieldValue::Several(texts) => Value::from(texts.as_slice()),
            };
            put(&mut request, name, value)?;
        }
        Ok(serde_json::from_value(request)?)
    }
}

/// Puts a value under a name; `a.b` is the member `b` of the member `a`, which is made where it is missing.
fn put(request: &mut Value, name: &str, value: Value) -> Result<(), FillError> {
    let mut place = request;
    for member in name.split('.') {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else { return Err(FillError::NoPlace { name: name.to_owned() }) };
        place = members.entry(member).or_insert(Value::Null);
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::control::{FolderRequest, RecipeRequest};

    fn form(request: Value) -> Form {
        Form {
            title: String::new(),
            text: String::new(),
            fields: Vec::new(),
            request,
            submit: String::new(),
            then: None,
        }
    }

    #[test]
    fn values_become_members_of_the_request() {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        let filled = form(json!({ "request": "add_folder", "left": "", "right": "" })).fill(&[
            ("left", text("/a")),
            ("right", text("/b")),
            ("on", FieldValue::Several(vec!["logon".to_owned(), "idle".to_owned()])),
        ]);
        let expected = FolderRequest {
            left: "/a".to_owned(),
            right: "/b".to_owned(),
            on: vec!["logon".to_owned(), "idle".to_owned()],
            ..FolderRequest::default()
        };
        assert_eq!(filled.unwrap(), Request::AddFolder(expected));
        let request = json!({ "request": "pin" });
        let filled = form(request).fill(&[("pinned", FieldValue::Toggle(true))]);
        assert_eq!(filled.unwrap(), Request::Pin { pinned: true });
    }

    #[test]
    fn each_line_of_a_list_that_has_something_is_a_text() {
        for (typed, texts) in [
            ("", &[][..]),
            (" \n\n", &[]),
            ("*.tmp", &["*.tmp"]),
            ("*.tmp\r\n\n# a note \n", &["*.tmp", "# a note "]),
        ] {
            let texts = texts.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(FieldValue::list(typed), FieldValue::Several(texts), "{typed:?}");
        }
    }

    #[test]
    fn a_name_with_a_dot_is_a_member_of_a_member() {
        let request = json!({ "request": "add_recipe", "recipe": "git", "name": null, "values": {} });
        let filled = form(request).fill(&[("values.path", FieldValue::Text("/repo".to_owned()))]).unwrap();
        let Request::AddRecipe(RecipeRequest { values, .. }) = filled else { panic!("{filled:?}") };
        assert_eq!(values["path"], "/repo");
    }

    #[test]
    fn a_form_that_fits_nothing_says_so() {
        let fill = |request: Value, name: &str| form(request).fill(&[(name, FieldValue::Toggle(true))]);
        assert!(matches!(fill(json!({ "request": "stop" }), "request.x"), Err(FillError::NoPlace { .. })));
        assert!(matches!(fill(json!({ "request": "nothing of ours" }), "x"), Err(FillError::NoRequest(_))));
    }
}
