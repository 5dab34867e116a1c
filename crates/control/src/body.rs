//! Reading a request's body: not too long, not too slowly.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::refusal::{Refusal, RefusalKind};

/// The whole body.
pub(crate) async fn read(body: Body, most: usize, time: Duration) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::new(RefusalKind::TooLarge, format!("a body has at most {most} bytes"));
    // What is announced as too long is not waited for.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(time, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => {
            Err(Refusal::new(RefusalKind::Malformed, format!("the body cannot be read: {error}")))
        }
        Err(_) => Err(Refusal::new(RefusalKind::Slow, "the body did not arrive in time")),
    }
}

/// What a JSON object says.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let malformed =
        |why: String| Refusal::new(RefusalKind::Malformed, format!("the body cannot be understood: {why}"));
    // Where a struct is expected, serde would also take the bare values in a list.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed("it is not a JSON object".to_owned()).hint("`GET /openapi.json` describes it"));
    }
    serde_json::from_slice(body)
        .map_err(|error| malformed(error.to_string()).hint("`GET /openapi.json` describes it"))
}
