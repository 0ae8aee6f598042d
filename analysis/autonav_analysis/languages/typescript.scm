; What TypeScript adds to JavaScript: more scopes, fields of another name, and types that look like functions.
[(abstract_class_declaration) (internal_module) (module)] @scope
(function_type parameters: (_) @without.parameters)
(method_signature parameters: (_) @without.parameters)
(abstract_method_signature parameters: (_) @without.parameters)
(call_signature parameters: (_) @without.parameters)
(construct_signature parameters: (_) @without.parameters)
(constructor_type parameters: (_) @without.parameters)
(function_signature parameters: (_) @without.parameters)
[(required_parameter value: (_)) (optional_parameter value: (_))] @count.path
