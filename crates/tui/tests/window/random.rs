//! Whatever is pressed: nothing panics, nothing is sent twice for one key.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use syncmgr_tui::{Daemon, Effect, Failure, Input, Key};
use syncmgr_wire::line::QuestionKind;
use syncmgr_wire::page::{Page, PageRequest, Screen};

use crate::pages;
use crate::rig::{ASCII, Rig, UNICODE};

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Input(Input),
    /// What it asked for comes, or does not.
    Page(bool),
    /// What it sent is carried out, or is not.
    Outcome(bool),
}

fn key() -> impl Strategy<Value = Key> {
    let letters = prop::sample::select(
        "sSwe-p+?/fqjkgGzy!x lrm140n@ä漢\u{202e}\u{301}\u{1b}".chars().collect::<Vec<_>>(),
    );
    let others = vec![
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Left,
        Key::Right,
        Key::Up,
        Key::Down,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Ctrl('s'),
        Key::Ctrl('x'),
        Key::Ctrl('c'),
        Key::Ctrl('u'),
        Key::Ctrl('w'),
        Key::Ctrl('l'),
        Key::Function(1),
        Key::Function(9),
    ];
    prop_oneof![3 => letters.prop_map(Key::Char), 4 => prop::sample::select(others)]
}

fn step() -> impl Strategy<Value = Step> {
    let size =
        prop::sample::select(vec![(60, 18), (80, 24), (160, 50), (59, 17), (1, 1), (61, 100), (300, 18)]);
    prop_oneof![
        16 => key().prop_map(|key| Step::Input(Input::Key(key))),
        6 => Just(Step::Page(true)),
        1 => Just(Step::Page(false)),
        3 => any::<bool>().prop_map(Step::Outcome),
        2 => Just(Step::Input(Input::Tick)),
        1 => Just(Step::Input(Input::Changed)),
        2 => (0u16..170, 0u16..60).prop_map(|(x, y)| Step::Input(Input::Click { x, y })),
        1 => Just(Step::Input(Input::WheelDown)),
        1 => Just(Step::Input(Input::WheelUp)),
        1 => "\\PC{0,12}".prop_map(|text| Step::Input(Input::Paste(text))),
        1 => size.prop_map(|(width, height)| Step::Input(Input::Resize { width, height })),
    ]
}

/// The page of a place, whatever it is.
fn served(request: &PageRequest, n: usize) -> Page {
    let mut page = match request.place.screen {
        Screen::Items if n.is_multiple_of(5) => pages::first(),
        Screen::Items => pages::items(),
        Screen::Synchronizing => pages::synchronizing(),
        Screen::Results => pages::hostile(),
        Screen::Conflicts | Screen::Conflict => pages::conflict(),
        Screen::Plan => pages::plan(request),
        Screen::History => pages::history(),
        _ => pages::settings(),
    };
    page.place = request.place.clone();
    if n.is_multiple_of(7) {
        page.questions = vec![pages::question(n as u64, QuestionKind::Choice)];
    }
    page
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_sequence_of_inputs_panics_or_sends_twice_for_one_key(
        steps in prop::collection::vec(step(), 1..120),
        ascii in any::<bool>(),
    ) {
        let look = if ascii { ASCII } else { UNICODE };
        let mut rig = Rig::empty(&pages::items(), (80, 24), look, Daemon::EndsWithWindow);
        let mut open: Vec<u64> = Vec::new();
        for (n, step) in steps.into_iter().enumerate() {
            // A page may bring several keys that waited for it: each of them may send.
            let is_page = matches!(step, Step::Page(_));
            match step {
                Step::Input(input) => {
                    if let Input::Resize { width, height } = input {
                        rig.resize((width, height));
                    } else {
                        rig.step(input);
                    }
                }
                Step::Page(true) => {
                    if let Some((number, request)) = rig.asked() {
                        let page = Box::new(served(&request, n));
                        rig.step(Input::Page { number, page });
                    }
                }
                Step::Page(false) => {
                    if let Some((number, _)) = rig.asked() {
                        rig.step(Input::NoPage { number, failure: Failure::Lost { headline: "lost".to_owned() } });
                    }
                }
                Step::Outcome(fine) => {
                    if let Some(number) = open.pop() {
                        let refused =
                            Failure::Refused { headline: "no".to_owned(), causes: vec!["why".to_owned()], hint: None };
                        rig.step(Input::Sent { number, outcome: if fine { Ok(()) } else { Err(refused) } });
                    }
                }
            }
            let sent = rig.sent();
            assert!(is_page || sent.len() <= 1, "{sent:?}");
            open.extend(sent.iter().map(|(number, _)| number));
            // An older page is not waited for any more.
            let last = rig.wanted.iter().rposition(|effect| matches!(effect, Effect::Ask { .. }));
            rig.wanted = last.map(|last| rig.wanted.remove(last)).into_iter().collect();
            if n.is_multiple_of(4) {
                let _seen = rig.buffer();
            }
        }
    }
}
