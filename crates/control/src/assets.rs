//! [`Assets`]: files of a page for browsers, which this crate serves and does not know.

use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::guard;

/// A file that is part of the program.
#[derive(Clone)]
pub struct Asset {
    path: &'static str,
    media_type: &'static str,
    body: &'static [u8],
    tag: HeaderValue,
}

impl Asset {
    /// A file at this path, which begins with `/`. Its tag is made from its content.
    pub fn new(path: &'static str, media_type: &'static str, body: &'static [u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(body);
        let tag = format!("\"{:016x}-{:x}\"", hasher.finish(), body.len());
        // Hexadecimal digits fit into a header.
        let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { path, media_type, body, tag }
    }

    /// Where it is.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What it is.
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// What it holds.
    pub fn body(&self) -> &'static [u8] {
        self.body
    }

    /// The answer to who asks for it, with this status; without the body for who has it already.
    pub(crate) fn answer(&self, status: StatusCode, headers: &HeaderMap) -> Response {
        let about = [
            (ETAG, self.tag.clone()),
            // Kept, and asked for anew each time: that costs nothing on the same machine, and another version is never mixed in.
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (CONTENT_TYPE, HeaderValue::from_static(self.media_type)),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ),
        ];
        if status == StatusCode::OK && self.is_known(headers) {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        (status, about, self.body).into_response()
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let Some(known) = guard::only(headers, IF_NONE_MATCH) else { return false };
        let tag = self.tag.as_bytes();
        known.split(',').any(|one| one.trim().trim_start_matches("W/").as_bytes() == tag)
    }
}

impl fmt::Debug for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asset").field("path", &self.path).field("bytes", &self.body.len()).finish()
    }
}

/// What a browser may do on the page: nothing but what is named, and all of it from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// All files of a page. Whoever is on this machine may read them; there is nothing of the user's in them.
#[derive(Debug, Clone)]
pub struct Assets {
    /// What is at `/` for who may come in.
    pub front: Asset,
    /// What is shown at `/` to a browser that may not, and at a link that opens nothing.
    pub closed: Asset,
    /// What these two ask for.
    pub parts: Vec<Asset>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(said: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(said))])
    }

    #[test]
    fn who_has_a_file_is_not_sent_it_again() {
        let asset = Asset::new("/a", "text/plain", b"a");
        assert_eq!(asset.answer(StatusCode::OK, &HeaderMap::new()).status(), StatusCode::OK);
        assert_eq!(asset.answer(StatusCode::OK, &known("\"other\"")).status(), StatusCode::OK);
        let has =
            |said: String| HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::try_from(said).unwrap())]);
        let tag = asset.tag.to_str().unwrap();
        for said in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            assert_eq!(asset.answer(StatusCode::OK, &has(said)).status(), StatusCode::NOT_MODIFIED);
        }
        // What tells that somebody may not come in is told each time.
        assert_eq!(
            asset.answer(StatusCode::UNAUTHORIZED, &has(tag.to_owned())).status(),
            StatusCode::UNAUTHORIZED
        );
    }

    #[test]
    fn another_content_has_another_tag() {
        let tag = |body| Asset::new("/a", "text/plain", body).tag;
        assert_ne!(tag(b"a"), tag(b"b"));
    }
}
