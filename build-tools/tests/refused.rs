//! Documents that no code can be made of, or only code that sends something else: each is refused with its
//! place and with what to do.

use std::path::Path;

use prospect_delete_build_tools::{Document, Features, generate_from};

/// Paths, further components, the place of the fault, and a word of the fault or of what to do.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "'/a': { get: { operationId: a, parameters: [{ name: ids, in: query, style: pipeDelimited, schema: { type: array, items: { type: string } } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0/style",
        "drop the style",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: q, in: query, style: deepObject, schema: { type: object, properties: { x: { type: string } } } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0/schema",
        "describe each of its fields as a parameter",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: q, in: query, schema: { type: array, items: { type: array, items: { type: string } } } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0/schema/items",
        "take one value",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: q, in: query, schema: { type: array, items: { type: string, nullable: true } } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0/schema/items",
        "drop `nullable`",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: q, in: query, schema: { oneOf: [{ type: string }, { type: integer }] } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0/schema",
        "say `type: string`",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: q, in: query, schema: { $ref: '#/components/schemas/Q' } }], responses: *ok } }",
        "Q: { type: string, nullable: true }",
        "/paths/~1a/get/parameters/0/schema",
        "drop `nullable`",
    ),
    (
        "'/a/{ids}': { get: { operationId: a, parameters: [{ name: ids, in: path, required: true, schema: { type: array, items: { type: string } } }], responses: *ok } }",
        "",
        "/paths/~1a~1{ids}/get/parameters/0/schema",
        "a list in the query",
    ),
    (
        "'/a/{id}': { get: { operationId: a, parameters: [{ name: id, in: path, required: true, schema: { type: string, nullable: true } }], responses: *ok } }",
        "",
        "/paths/~1a~1{id}/get/parameters/0/schema",
        "drop `nullable`",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: X-Ids, in: header, schema: { type: array, items: { type: string } } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0/schema",
        "a list in the query",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: 'X Ids', in: header, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0/name",
        "not a header name",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: x-key, in: header, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0",
        "leave the parameter out",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: session, in: cookie, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0",
        "pass it in the path, the query or a header",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: a-b, in: query, schema: { type: string } }, { name: a_b, in: query, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/1",
        "leave one of them out",
    ),
    (
        "'/a/{id}': { get: { operationId: a, parameters: [{ name: id, in: path, required: true, schema: { type: string } }, { name: id, in: query, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a~1{id}/get/parameters/1",
        "leave one of them out",
    ),
    (
        "'/a': { parameters: [{ name: client, in: query, schema: { type: string } }], get: { operationId: a, responses: *ok } }",
        "",
        "/paths/~1a/parameters/0",
        "leave the parameter out",
    ),
    (
        "'/a': { get: { operationId: a, parameters: [{ name: headerMap, in: query, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a/get/parameters/0",
        "leave the parameter out",
    ),
    (
        "'/a': { post: { operationId: a, parameters: [{ name: body, in: query, schema: { type: string } }], requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Answer' } } } }, responses: *ok } }",
        "",
        "/paths/~1a/post/parameters/0",
        "leave the parameter out",
    ),
    (
        "'/a/{b}-{c}': { get: { operationId: a, responses: *ok } }",
        "",
        "/paths/~1a~1{b}-{c}",
        "a segment of its own",
    ),
    (
        "'/a?all=true': { get: { operationId: a, responses: *ok } }",
        "",
        "/paths/~1a?all=true",
        "parameters in the query",
    ),
    (
        "'/a/{b}': { get: { operationId: a, parameters: [{ name: b, in: path, required: true, schema: { type: string } }], responses: *ok } }, '/a/{c}': { get: { operationId: c, parameters: [{ name: c, in: path, required: true, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a~1{c}",
        "under one path",
    ),
    (
        "'/a/{b}/{b}': { get: { operationId: a, parameters: [{ name: b, in: path, required: true, schema: { type: string } }], responses: *ok } }",
        "",
        "/paths/~1a~1{b}~1{b}/get",
        "its own name",
    ),
    (
        "'/a': { get: { operationId: a, servers: [{ url: 'https://other.example' }], responses: *ok } }",
        "",
        "/paths/~1a/get/servers",
        "one server for the whole document",
    ),
    (
        "'/a': { get: { operationId: a, responses: { '404': { description: '' } } } }",
        "",
        "/paths/~1a/get/responses",
        "2xx",
    ),
    (
        "'/a': { get: { operationId: a, responses: { '200': { description: '', content: { text/html: { schema: { type: string } } } } } } }",
        "",
        "/paths/~1a/get/responses/200/content",
        "application/json",
    ),
    (
        "'/a': { get: { operationId: a, responses: { '200': { description: '', content: { application/json: { schema: { $ref: '#/components/schemas/Answer/properties/id' } } } } } } }",
        "",
        "/paths/~1a/get/responses/200/content/application~1json/schema/$ref",
        "move what it names to components/schemas",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }, '/get_': { get: { operationId: get__it, responses: *ok } }",
        "",
        "/paths/~1get",
        "the same",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "Two: { type: object, properties: { a-b: { type: string }, a_b: { type: string } } }",
        "/components/schemas/Two/properties/a-b",
        "leave it out",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "Deep: { type: object, properties: { list: { type: array, items: { type: object, properties: { self: { type: string }, Self: { type: string } } } } } }",
        "/components/schemas/Deep/properties/list/items/properties/Self",
        "leave it out",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "Open: { type: object, additionalProperties: { type: string }, properties: { extra: { type: string } } }",
        "/components/schemas/Open",
        "leave it out",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "State: { type: string, enum: [a-b, a_b, c] }",
        "/components/schemas/State/enum/0",
        "",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "State: { type: string, enum: ['', x] }",
        "/components/schemas/State/enum/0",
        "",
    ),
    (
        "'/get': { get: { operationId: get_it, parameters: [{ name: kind, in: query, schema: { type: string, enum: [a, b] } }], responses: *ok } }",
        "GetItKind: { type: object, properties: { a: { type: string } } }",
        "/paths/~1get/get/parameters/0",
        "another name",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "Lead: { type: object, properties: { state: { type: string, enum: [a, b] } } }\n    LeadState: { type: object, properties: { a: { type: string } } }",
        "/components/schemas/Lead",
        "the same type",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "Bad: { type: string, pattern: '(' }",
        "/components/schemas/Bad",
        "",
    ),
    (
        "'/get': { get: { operationId: get_it, responses: *ok } }",
        "Bad: { type: integer, default: x }",
        "/components/schemas/Bad",
        "",
    ),
];

#[test]
fn what_cannot_become_code_is_refused_with_its_place_and_what_to_do() {
    let mut wrong = Vec::new();
    for (paths, schemas, pointer, words) in REFUSED {
        let text = format!(
            "openapi: 3.0.3
info: {{ title: Example, version: v1 }}
servers: [{{ url: 'https://api.example' }}]
x-answers: &ok {{ '200': {{ description: '', content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Answer' }} }} }} }} }}
paths: {{ {paths} }}
components:
  securitySchemes: {{ key: {{ type: apiKey, in: header, name: X-Key }} }}
  schemas:
    Answer: {{ type: object, properties: {{ id: {{ type: string }} }} }}
    {schemas}
"
        );
        let document = Document::parse(Path::new("example.yaml"), &text).expect(paths);
        let features = Features {
            mock: true,
            schemars: true,
        };
        match generate_from(&document, features) {
            Ok(_) => wrong.push(format!("accepted: {paths} {schemas}")),
            Err(problems) => {
                let told = problems.iter().any(|problem| {
                    problem.pointer().starts_with(pointer) && problem.to_string().contains(words)
                });
                if !told {
                    wrong.push(format!("not told {pointer} {words}: {problems:#?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
