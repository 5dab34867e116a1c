//! The web page: files that a browser draws the manager with.
//!
//! There is nothing but files here: markup, one style sheet, modules of script, icons. They use what browsers have and nothing
//! else, need no build, and ask nobody but the manager for anything. What there is to see and to do comes as pages of
//! `wire::page`; the script draws whatever they say, as text and never as markup.
//!
//! In reading order of the script: `app.js` (which page, when again, what a person does), `blocks.js` and `table.js` (the
//! drawing), `dom.js` (how a drawing becomes elements), `live.js` (hearing that something happened), `api.js` (asking).

#![warn(missing_docs)]

use syncmgr_control::{Asset, Assets};

const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const MANIFEST: &str = "application/manifest+json";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A file of the folder `assets`, under this path.
macro_rules! asset {
    ($path:literal, $kind:expr, $file:literal) => {
        Asset::new($path, $kind, include_bytes!(concat!("../assets/", $file)))
    };
}

/// All files of the page.
pub fn assets() -> Assets {
    Assets {
        front: asset!("/", HTML, "index.html"),
        closed: asset!("/", HTML, "closed.html"),
        parts: vec![
            asset!("/assets/page.css", CSS, "page.css"),
            asset!("/assets/api.js", SCRIPT, "api.js"),
            asset!("/assets/app.js", SCRIPT, "app.js"),
            asset!("/assets/blocks.js", SCRIPT, "blocks.js"),
            asset!("/assets/chart.js", SCRIPT, "chart.js"),
            asset!("/assets/dialogs.js", SCRIPT, "dialogs.js"),
            asset!("/assets/diff.js", SCRIPT, "diff.js"),
            asset!("/assets/dom.js", SCRIPT, "dom.js"),
            asset!("/assets/live.js", SCRIPT, "live.js"),
            asset!("/assets/place.js", SCRIPT, "place.js"),
            asset!("/assets/span.js", SCRIPT, "span.js"),
            asset!("/assets/table.js", SCRIPT, "table.js"),
            asset!("/assets/text.js", SCRIPT, "text.js"),
            asset!("/manifest.webmanifest", MANIFEST, "manifest.webmanifest"),
            asset!("/icon.svg", SVG, "icon.svg"),
            asset!("/icon-empty.svg", SVG, "icon-empty.svg"),
            asset!("/icon-in_step.svg", SVG, "icon-in_step.svg"),
            asset!("/icon-late.svg", SVG, "icon-late.svg"),
            asset!("/icon-maskable.svg", SVG, "icon-maskable.svg"),
            asset!("/icon-needs_you.svg", SVG, "icon-needs_you.svg"),
            asset!("/icon-running.svg", SVG, "icon-running.svg"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> Vec<Asset> {
        let Assets { front, closed, parts } = assets();
        [front, closed].into_iter().chain(parts).collect()
    }

    fn text(asset: &Asset) -> String {
        String::from_utf8(asset.body().to_vec()).unwrap()
    }

    /// The values of attributes and the addresses in imports: what stands between quotes and is a path of ours.
    fn paths(text: &str) -> Vec<String> {
        let pieces = text.split(['"', '`', '\'']).skip(1);
        pieces.filter(|piece| piece.starts_with('/') && piece.contains('.')).map(str::to_owned).collect()
    }

    #[test]
    fn all_files_together_are_smaller_than_150_kilobytes() {
        let bytes: usize = all().iter().map(|asset| asset.body().len()).sum();
        assert!(bytes < 150_000, "{bytes}");
    }

    #[test]
    fn every_file_that_is_asked_for_is_there() {
        let known: BTreeSet<&str> = all().iter().map(Asset::path).collect();
        for asset in all() {
            for path in paths(&text(&asset)) {
                let found = known.contains(path.as_str()) || path.contains("${");
                assert!(found, "`{}` asks for `{path}`", asset.path());
            }
        }
    }

    #[test]
    fn every_module_is_asked_for_at_once_and_not_one_after_the_other() {
        let front = text(&assets().front);
        for script in assets().parts.iter().filter(|asset| asset.media_type() == SCRIPT) {
            assert!(
                front.contains(&format!(r#"rel="modulepreload" href="{}""#, script.path())),
                "{}",
                script.path()
            );
        }
    }

    #[test]
    fn no_file_asks_anybody_else_for_anything() {
        for asset in all() {
            let text = text(&asset);
            let others = text.split("://").count() - 1;
            // The names of vocabularies are no addresses that anybody visits.
            let names = text.matches("http://www.w3.org/2000/svg").count();
            assert_eq!(others, names, "{}", asset.path());
        }
    }

    #[test]
    fn nothing_is_written_as_markup_or_run_as_script() {
        for asset in all() {
            let text = text(&asset);
            for way in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "style=",
                "onclick=\"",
            ] {
                assert!(!text.contains(way), "{}: `{way}`", asset.path());
            }
        }
    }
}
