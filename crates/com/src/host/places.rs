//! Which classes are registered as handlers.

use syncmgr_model::flags::RegisterFlags;
use windows_registry::{CLASSES_ROOT, CURRENT_USER, Key, LOCAL_MACHINE};

use crate::class::{self, ClassId, HANDLERS, Place, Registered};
use crate::registration::FLAGS;

/// All registered handlers, those of the machine first. A place that is not there or cannot be read has none.
pub fn registered() -> Vec<Registered> {
    let places = [(Place::Machine, LOCAL_MACHINE), (Place::User, CURRENT_USER)];
    class::registered(places.into_iter().flat_map(|(place, root)| keys(place, root)))
}

fn keys(place: Place, root: &Key) -> Vec<(Place, String, String)> {
    let Ok(handlers) = root.open(HANDLERS) else { return Vec::new() };
    let Ok(names) = handlers.keys() else { return Vec::new() };
    names
        .map(|name| {
            let description = default_text(&handlers, &name);
            (place, name, description)
        })
        .collect()
}

/// The events that a class registered for; the machine's registration counts before the user's, as in [`registered`].
pub fn events(class: ClassId) -> RegisterFlags {
    let path = format!(r"{HANDLERS}\{class}");
    let key = [LOCAL_MACHINE, CURRENT_USER].into_iter().find_map(|root| root.open(&path).ok());
    let flags = key.and_then(|key| key.get_u32(FLAGS).ok()).unwrap_or_default();
    RegisterFlags::from_bits_truncate(flags)
}

/// What a class is called where it is registered as a handler, else as a class; empty if nowhere.
pub(super) fn description(class: ClassId) -> String {
    let as_handler = registered().into_iter().find(|registered| registered.class == class);
    match as_handler.map(|registered| registered.description).filter(|text| !text.is_empty()) {
        Some(text) => text,
        None => default_text(CLASSES_ROOT, &format!(r"CLSID\{class}")),
    }
}

/// Whether a class is for the multithreaded apartment alone, as its registration says.
pub(super) fn is_free_threaded(class: ClassId) -> bool {
    let server = CLASSES_ROOT.open(format!(r"CLSID\{class}\InprocServer32"));
    let model = server.and_then(|server| server.get_string("ThreadingModel"));
    model.is_ok_and(|model| model.eq_ignore_ascii_case("Free"))
}

fn default_text(key: &Key, path: &str) -> String {
    key.open(path).and_then(|key| key.get_string("")).unwrap_or_default()
}
