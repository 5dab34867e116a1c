//! Reading a request's body: not too long, not too slowly.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    let understood =
        serde_json::from_slice(body).or_else(|error| with_whole_numbers(body).unwrap_or(Err(error)));
    understood.map_err(|error| malformed(error.to_string()).hint("`GET /openapi.json` describes it"))
}

/// The same with `1.0` for `1`: to JSON that is a whole number as well. Nothing where no number is written like that.
fn with_whole_numbers<T: DeserializeOwned>(body: &[u8]) -> Option<serde_json::Result<T>> {
    let mut value = serde_json::from_slice(body).ok()?;
    make_whole(&mut value).then(|| serde_json::from_value(value))
}

/// The largest number up to which each whole one is a number of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes whole numbers as such; whether there was one that was not.
fn make_whole(value: &mut Value) -> bool {
    match value {
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) if float.fract() == 0.0 && float.abs() <= EXACT => {
                *number = (float as i64).into();
                true
            }
            _ => false,
        },
        Value::Array(values) => values.iter_mut().fold(false, |any, value| make_whole(value) | any),
        Value::Object(members) => members.values_mut().fold(false, |any, value| make_whole(value) | any),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use syncmgr_wire::control::Request;

    use super::*;

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        let pause = |seconds: &str| {
            let body = format!(r#"{{"request":"pause","seconds":{seconds}}}"#);
            parse::<Request>(body.as_bytes()).ok()
        };
        assert_eq!(pause("60.0"), Some(Request::Pause { seconds: Some(60) }));
        assert_eq!(pause("6e1"), Some(Request::Pause { seconds: Some(60) }));
        for wrong in ["60.5", "-1.0", "1e300", "\"60\""] {
            assert_eq!(pause(wrong), None, "{wrong}");
        }
    }
}
