; What is measured.
[(function_definition) (method_declaration) (anonymous_function) (arrow_function)] @fn
(assignment_expression right: [(anonymous_function) (arrow_function)] @without.fn) @fn
[(class_declaration) (interface_declaration) (trait_declaration) (enum_declaration)] @scope
(formal_parameters) @parameters
(formal_parameters (comment) @parameters.other)

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_statement body: (_) @inc.if)
(for_statement body: (_) @inc.for)
(foreach_statement body: (_) @inc.for)
(while_statement body: (_) @inc.while)
(do_statement body: (_) @inc.do)
(catch_clause body: (_) @inc.catch)
(switch_statement body: (_) @inc.switch)
(match_expression body: (_) @inc.switch)

; A body that costs one however deep it is, and nests what it holds.
(else_if_clause body: (_) @flat.elif)
(else_clause body: (_) @flat.else)
(else_clause body: (if_statement body: (_) @flat.elif @without.inc.if) @without.flat.else)

; An expression that costs like a body and is one; its path counts for cyclomatic complexity.
(conditional_expression) @ternary.path

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "and" "||" "or" "??"]) @boolean
(binary_expression operator: ["&&" "and"] @and.path)
(binary_expression operator: ["||" "or" "??"] @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "and" "||" "or" "??"]) @below (parenthesized_expression (binary_expression operator: ["&&" "and" "||" "or" "??"]) @below)] operator: ["&&" "and" "||" "or" "??"])
(binary_expression operator: ["&&" "and" "||" "or" "??"] right: [(binary_expression operator: ["&&" "and" "||" "or" "??"]) @below (parenthesized_expression (binary_expression operator: ["&&" "and" "||" "or" "??"]) @below)])

; A jump to a label, or out of several levels.
(goto_statement) @jump.goto
(break_statement (integer)) @jump.break
(continue_statement (integer)) @jump.continue

; What cyclomatic complexity alone weighs.
[(case_statement) (match_conditional_expression)] @count.case

; Asked only of a function in whose text its own name is called.
((function_call_expression function: (name) @call) (#set! asked "recursion"))
((member_call_expression object: (variable_name) @call.receiver name: (name) @call) (#set! asked "recursion"))
((scoped_call_expression scope: (relative_scope) @call.receiver name: (name) @call) (#set! asked "recursion"))
