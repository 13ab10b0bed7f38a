//! The `OpenAPI` document, made of the table of routes and the types of their answers.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::api::{Answer, Asks, Route};

/// The document of these routes.
pub(crate) fn document(routes: &[Route]) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in routes {
        let operation = operation(route, &mut generator);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation;
    }
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Dateline console",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the warehouse holds and how the stages are. Reading needs no \
                token; what shows or changes dead letters does.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut parameters = path_parameters(route.path);
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
    });
    match &route.asks {
        Asks::Nothing => {}
        Asks::Query(schema) => parameters.extend(query_parameters(&schema(generator))),
        Asks::Body(schema) => {
            operation["requestBody"] = json!({
                "required": true,
                "content": {"application/json": {"schema": schema(generator)}},
            });
        }
    }
    let (kind, schema) = match &route.answer {
        Answer::Json(schema) => ("application/json", schema(generator)),
        Answer::Stream => ("text/event-stream", schemars::json_schema!({"type": "string"})),
        Answer::Document => ("application/json", schemars::json_schema!({"type": "object"})),
    };
    let refusal = generator.subschema_for::<crate::fault::Refusal>();
    operation["parameters"] = parameters.into();
    operation["responses"] = json!({
        "200": {"description": route.summary, "content": {kind: {"schema": schema}}},
        "default": {"description": "Why there is no answer", "content": {"application/json": {"schema": refusal}}},
    });
    if route.wants_token {
        operation["security"] = json!([{"token": []}]);
    }
    operation
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    names.map(parameter).collect()
}

/// The fields of a struct, each a parameter.
fn query_parameters(schema: &schemars::Schema) -> Vec<Value> {
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let words = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        json!({"name": name, "in": "query", "description": words, "schema": schema})
    };
    fields.iter().map(parameter).collect()
}
