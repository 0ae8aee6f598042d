; What is measured: functions, methods, and what a function is assigned to, which then names it.
[(function_declaration) (generator_function_declaration) (method_definition)] @fn
[(arrow_function) (function_expression) (generator_function)] @fn
(variable_declarator value: [(arrow_function) (function_expression) (generator_function)] @without.fn) @fn
(assignment_expression right: [(arrow_function) (function_expression) (generator_function)] @without.fn) @fn
(field_definition value: [(arrow_function) (function_expression) (generator_function)] @without.fn) @fn
(pair value: [(arrow_function) (function_expression) (generator_function)] @without.fn) @fn
[(class_declaration) (class)] @scope
(formal_parameters) @parameters
(formal_parameters (comment) @parameters.other)
(arrow_function parameter: (identifier) @parameters.one)

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_statement consequence: (_) @inc.if)
(for_statement body: (_) @inc.for)
(for_in_statement body: (_) @inc.for)
(while_statement body: (_) @inc.while)
(do_statement body: (_) @inc.do)
(catch_clause body: (_) @inc.catch)
(switch_statement body: (_) @inc.switch)

; A body that costs one however deep it is, and nests what it holds.
(else_clause (_) @flat.else)
(else_clause (if_statement consequence: (_) @flat.elif @without.inc.if) @without.flat.else)
(else_clause (comment) @without.flat.else)

; An expression that costs like a body and is one; its path counts for cyclomatic complexity.
(ternary_expression) @ternary.path

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "||" "??"]) @boolean
(binary_expression operator: "&&" @and.path)
(binary_expression operator: ["||" "??"] @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "||" "??"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||" "??"]) @below)] operator: ["&&" "||" "??"])
(binary_expression operator: ["&&" "||" "??"] right: [(binary_expression operator: ["&&" "||" "??"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||" "??"]) @below)])

; A jump to a label.
(break_statement label: (_)) @jump.break
(continue_statement label: (_)) @jump.continue

; What cyclomatic complexity alone weighs; defaults, optional chains and logical assignments are paths, as for ESLint.
(switch_case) @count.case
[(assignment_pattern) (object_assignment_pattern)] @count.path
(optional_chain) @count.path
(augmented_assignment_expression operator: ["&&=" "||=" "??="]) @count.path

; Asked only of a function in whose text its own name is called.
((call_expression function: (identifier) @call) (#set! asked "recursion"))
((call_expression function: (member_expression object: (this) @call.receiver property: (property_identifier) @call))
  (#set! asked "recursion"))
