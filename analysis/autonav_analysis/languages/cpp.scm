; What C++ adds to C.
(lambda_expression) @fn
(init_declarator value: (lambda_expression) @without.fn) @fn
(lambda_expression declarator: (abstract_function_declarator parameters: (parameter_list) @parameters))
(function_definition declarator: (reference_declarator (function_declarator parameters: (parameter_list) @parameters)))
(function_definition declarator: (_ declarator: (_ declarator: (function_declarator parameters: (parameter_list "..." @parameters.one)))))
(function_definition declarator: (_ declarator: (function_declarator parameters: (parameter_list "..." @parameters.one))))
(function_definition declarator: (function_declarator parameters: (parameter_list "..." @parameters.one)))
[(class_specifier body: (_)) (struct_specifier body: (_)) (namespace_definition)] @scope
(for_range_loop body: (_) @inc.for)
(catch_clause body: (_) @inc.catch)
(binary_expression operator: ["and" "or"]) @boolean
(binary_expression operator: "and" @and.path)
(binary_expression operator: "or" @or.path)
(binary_expression left: [(binary_expression operator: ["and" "or"]) @below (parenthesized_expression (binary_expression operator: ["and" "or"]) @below)] operator: ["and" "or"])
(binary_expression operator: ["and" "or"] right: [(binary_expression operator: ["and" "or"]) @below (parenthesized_expression (binary_expression operator: ["and" "or"]) @below)])
((call_expression function: (field_expression argument: (this) @call.receiver field: (field_identifier) @call))
  (#set! asked "recursion"))
