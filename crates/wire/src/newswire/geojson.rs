//! Whether a JSON value is a geometry or a feature as RFC 7946 says.

use serde_json::Value;

/// Features within collections within collections.
const MAX_DEPTH: usize = 16;

/// Whether it is a geometry, a feature or a collection of them.
pub(super) fn is_valid(value: &Value) -> bool {
    match kind(value) {
        "Feature" => is_feature(value),
        "FeatureCollection" => {
            list(value, "features").is_some_and(|all| all.iter().all(is_feature))
        }
        _ => is_geometry(value, 0),
    }
}

fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> Option<&'a Vec<Value>> {
    value.get(name)?.as_array()
}

fn is_feature(value: &Value) -> bool {
    let is_object = |name: &str| value.get(name).is_some_and(|v| v.is_object() || v.is_null());
    let geometry = value.get("geometry");
    kind(value) == "Feature"
        && is_object("properties")
        && geometry.is_some_and(|geometry| geometry.is_null() || is_geometry(geometry, 0))
}

fn is_geometry(value: &Value, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    if kind(value) == "GeometryCollection" {
        let all = list(value, "geometries");
        return all.is_some_and(|all| all.iter().all(|one| is_geometry(one, depth + 1)));
    }
    let Some(coordinates) = value.get("coordinates") else { return false };
    match kind(value) {
        "Point" => is_position(coordinates),
        "MultiPoint" => is_list(coordinates, 0, is_position),
        "LineString" => is_line(coordinates),
        "MultiLineString" => is_list(coordinates, 0, is_line),
        "Polygon" => is_list(coordinates, 0, is_ring),
        "MultiPolygon" => is_list(coordinates, 0, |polygon| is_list(polygon, 0, is_ring)),
        _ => false,
    }
}

fn is_position(value: &Value) -> bool {
    is_list(value, 2, Value::is_number)
}

fn is_line(value: &Value) -> bool {
    is_list(value, 2, is_position)
}

fn is_ring(value: &Value) -> bool {
    is_list(value, 4, is_position)
}

fn is_list(value: &Value, least: usize, is_fit: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|all| all.len() >= least && all.iter().all(is_fit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_geojson() {
        let check = |json: &str, expected: bool| {
            assert_eq!(is_valid(&serde_json::from_str(json).unwrap()), expected, "{json}");
        };
        check(r#"{"type": "Point", "coordinates": [35, 39]}"#, true);
        check(r#"{"type": "Polygon", "coordinates": [[[0,0],[1,0],[1,1],[0,0]]]}"#, true);
        check(r#"{"type": "Feature", "properties": {}, "geometry": null}"#, true);
        check(r#"{"type": "GeometryCollection", "geometries": []}"#, true);
        check(r#"{"type": "Point", "coordinates": [35]}"#, false);
        check(r#"{"coordinates": [35, 39]}"#, false);
        check(r#"{"type": "Polygon", "coordinates": [[0,0],[1,0],[1,1],[0,0]]}"#, false);
        check(r#"{"type": "Nothing", "coordinates": []}"#, false);
        check("7", false);
    }
}
