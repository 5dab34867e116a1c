//! The description of the API, OpenAPI 3.1, made from the paths, the types and the table of the vocabulary.

mod vocabulary;

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOf, ArrayBuilder, ObjectBuilder, OneOf, SchemaType, Type,
};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Info, Object, OpenApi as Description, Ref, RefOr, Required, Schema, SchemaFormat,
    SecurityRequirement,
};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};

use crate::answer::Answer;
use crate::guard::COOKIE_NAME;
use crate::refusal::RefusalBody;
use crate::routes::Paths;
use crate::version::PROTOCOL;
use vocabulary::{Holds, Member, Need};

/// The description of the API as JSON, the same that `GET /openapi.json` answers.
pub fn openapi() -> String {
    let mut description = Paths::openapi();
    describe(&mut description);
    let mut json = serde_json::to_value(&description).unwrap_or_default();
    parameters_are_not_null(&mut json);
    json.to_string()
}

fn describe(description: &mut Description) {
    description.info = Info::new("syncmgr control API", &PROTOCOL.to_string());
    description.info.description = Some(
        "What faces ask of a manager that runs, and what they hear. Over the Unix socket nobody has to say who he is; over \
         loopback TCP the token is needed, or the cookie of a link. Every refusal is a JSON object with a member `error`."
            .to_owned(),
    );
    let components = description.components.get_or_insert_with(Components::new);
    add::<RefusalBody>(components);
    add::<Answer>(components);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(COOKIE_NAME));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    let alone = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    description.security = Some(vec![alone("token"), alone("cookie")]);
    // Without a body, what is ticked is meant; the macro knows no other way to say so.
    let sync = description.paths.paths.get_mut("/v1/sync").and_then(|path| path.post.as_mut());
    if let Some(RefOr::T(body)) = sync.and_then(|sync| sync.request_body.as_mut()) {
        body.required = Some(Required::False);
    }
}

/// Adds a type and those within it.
fn add<T: ToSchema>(components: &mut Components) {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    components.schemas.extend(schemas);
}

/// A parameter is there or not; what is optional in Rust is described as if it could also be null.
fn parameters_are_not_null(description: &mut Value) {
    let paths = description["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = paths.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    let parameters =
        operations.filter_map(|operation| operation.get_mut("parameters")?.as_array_mut()).flatten();
    for types in parameters.filter_map(|parameter| parameter.get_mut("schema")?.get_mut("type")) {
        let only = types.as_array().and_then(|types| types.iter().find(|one| *one != "null")).cloned();
        if let Some(only) = only {
            *types = only;
        }
    }
}

/// One request of the vocabulary.
pub(crate) struct AnyRequest;

impl PartialSchema for AnyRequest {
    fn schema() -> RefOr<Schema> {
        let mut any = OneOf::with_capacity(vocabulary::REQUESTS.len());
        for (word, members) in vocabulary::REQUESTS {
            let object = object(members).property("request", word_schema(&[word])).required("request");
            any.items.push(object.build().into());
        }
        Schema::OneOf(any).into()
    }
}

impl ToSchema for AnyRequest {}

/// What a session is to do.
pub(crate) struct SyncBody;

impl PartialSchema for SyncBody {
    fn schema() -> RefOr<Schema> {
        object(vocabulary::SYNC).build().into()
    }
}

impl ToSchema for SyncBody {}

/// One event, as in the lines of `--json`; which members it has besides `type` is said there.
pub(crate) struct EventLine;

impl PartialSchema for EventLine {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::Object);
        object.property("type", word_schema(vocabulary::EVENTS)).required("type").build().into()
    }
}

impl ToSchema for EventLine {}

/// What `/health` answers with 503.
pub(crate) struct HealthOrRefusal;

impl PartialSchema for HealthOrRefusal {
    fn schema() -> RefOr<Schema> {
        let mut any = AnyOf::new();
        any.items.push(Ref::from_schema_name("Health").into());
        any.items.push(Ref::from_schema_name("RefusalBody").into());
        Schema::AnyOf(any).into()
    }
}

impl ToSchema for HealthOrRefusal {}

fn object(members: &[Member]) -> ObjectBuilder {
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for Member { name, holds, need } in members {
        object = object.property(*name, holds.schema(*need));
        if *need == Need::Always {
            object = object.required(*name);
        }
    }
    object
}

fn word_schema(words: &[&str]) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).build()
}

/// The type, and null where nothing may be said.
fn typed(kind: Type, need: Need) -> ObjectBuilder {
    let types = match need {
        Need::OrNull => SchemaType::from_iter([kind, Type::Null]),
        Need::Always | Need::OrAbsent => SchemaType::new(kind),
    };
    ObjectBuilder::new().schema_type(types)
}

fn text() -> ObjectBuilder {
    typed(Type::String, Need::Always)
}

/// An object with exactly this member.
fn only(name: &str, value: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    let closed = AdditionalProperties::FreeForm(false);
    let object = ObjectBuilder::new().schema_type(Type::Object).property(name, value).required(name);
    object.additional_properties(Some(closed))
}

fn one_of<const N: usize>(schemas: [RefOr<Schema>; N]) -> RefOr<Schema> {
    let mut any = OneOf::new();
    any.items.extend(schemas);
    Schema::OneOf(any).into()
}

impl Holds {
    fn schema(self, need: Need) -> RefOr<Schema> {
        let whole = |most: usize| typed(Type::Integer, need).minimum(Some(0_usize)).maximum(Some(most));
        match self {
            Self::Flag => typed(Type::Boolean, need).build().into(),
            Self::Text => typed(Type::String, need).build().into(),
            Self::Texts => ArrayBuilder::new().items(text().build()).build().into(),
            Self::Id => id().build().into(),
            Self::Ids => ArrayBuilder::new().items(id().build()).build().into(),
            Self::Whole32 => whole(u32::MAX as usize).build().into(),
            Self::Whole64 => whole(usize::MAX).build().into(),
            Self::Side => typed(Type::String, need)
                .enum_values(Some([Value::from("left"), Value::from("right"), Value::Null]))
                .build()
                .into(),
            Self::Screen => word_schema(vocabulary::SCREENS).into(),
            Self::Values => typed(Type::Object, need).additional_properties(Some(text())).build().into(),
            Self::Selection => one_of([
                word_schema(&["ticked"]).into(),
                only("items", ArrayBuilder::new().items(text().build()).build()).build().into(),
                only("pair", object(vocabulary::ROOTS).build()).build().into(),
            ]),
            Self::Chosen => one_of([
                word_schema(&["all"]).into(),
                only("paths", ArrayBuilder::new().items(text().build()).build()).build().into(),
                only("matching", ArrayBuilder::new().items(text().build()).build()).build().into(),
            ]),
        }
    }
}

fn id() -> ObjectBuilder {
    text().format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

#[cfg(test)]
mod tests;
