//! Forms and questions.

use serde_json::json;
use syncmgr_wire::line::{Choice, Question, QuestionKind};
use syncmgr_wire::page::{Field, FieldKind, FieldOption, Form, Place, Screen};

pub(crate) fn field(name: &str, label: &str, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        value: String::new(),
        hint: String::new(),
        required: false,
        more: false,
    }
}

pub(crate) fn choices(choices: &[(&str, &str)]) -> Vec<FieldOption> {
    let option = |(value, label): &(&str, &str)| FieldOption {
        value: (*value).to_owned(),
        label: (*label).to_owned(),
    };
    choices.iter().map(option).collect()
}

pub(crate) fn add_folder() -> Form {
    let modes =
        choices(&[("two-way-safe", "both ways, conflicts wait"), ("one-way-replica", "the right follows")]);
    let on = choices(&[("logon", "logon"), ("idle", "nobody is there"), ("change", "something changes")]);
    Form {
        title: "Add two folders".to_owned(),
        text: "What changes in one of them is brought to the other.".to_owned(),
        fields: vec![
            Field {
                required: true,
                hint: "a folder that is there".to_owned(),
                ..field("left", "Left", FieldKind::Path)
            },
            Field { required: true, ..field("right", "Right", FieldKind::Path) },
            Field { value: "two-way-safe".to_owned(), ..field("mode", "How", FieldKind::One(modes)) },
            field("on", "When", FieldKind::Several(on)),
            Field {
                more: true,
                hint: "the last part of the left one".to_owned(),
                ..field("name", "Name", FieldKind::Text)
            },
            Field { more: true, ..field("every", "Every", FieldKind::Text) },
        ],
        request: json!({ "request": "add_folder", "left": "", "right": "" }),
        submit: "Add".to_owned(),
        then: Some(Place::of(Screen::Items)),
    }
}

pub(crate) fn schedule() -> Form {
    Form {
        title: "When it runs".to_owned(),
        text: String::new(),
        fields: vec![
            Field {
                value: "15m".to_owned(),
                hint: "`30s`, `15m`, `2h`".to_owned(),
                ..field("every", "Every", FieldKind::Text)
            },
            Field {
                value: "true".to_owned(),
                ..field("catch_up", "Make up for missed runs", FieldKind::Toggle)
            },
        ],
        request: json!({ "request": "set_item", "item": "photos" }),
        submit: "Save".to_owned(),
        then: None,
    }
}

pub(super) fn merge() -> Form {
    Form {
        title: "Write both into one".to_owned(),
        text: String::new(),
        fields: vec![Field {
            value: "one\ntwo\nthree".to_owned(),
            ..field("text", "Text", FieldKind::Lines)
        }],
        request: json!({ "request": "merge", "item": "documents", "path": "list.md", "text": "" }),
        submit: "Keep this".to_owned(),
        then: None,
    }
}

pub(crate) fn question(number: u64, kind: QuestionKind) -> Question {
    let choices = match kind {
        QuestionKind::Choice => vec![("yes", "Trust it"), ("no", "Do not connect")],
        QuestionKind::Text | QuestionKind::Password => Vec::new(),
    };
    let choice = |(id, label): (&str, &str)| Choice { id: id.to_owned(), label: label.to_owned() };
    let is_choice = kind == QuestionKind::Choice;
    Question {
        question: number,
        from: "mail".to_owned(),
        item: None,
        text: if is_choice {
            "The server shows another key than before. Trust it?"
        } else {
            "Password of me@example.org"
        }
        .to_owned(),
        detail: is_choice.then(|| "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU".to_owned()),
        kind,
        choices: choices.into_iter().map(choice).collect(),
        default: is_choice.then(|| "no".to_owned()),
    }
}
