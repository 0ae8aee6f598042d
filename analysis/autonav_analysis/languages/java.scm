; What is measured.
[(method_declaration) (constructor_declaration) (compact_constructor_declaration) (lambda_expression)] @fn
(variable_declarator value: (lambda_expression) @without.fn) @fn
[(class_declaration) (interface_declaration) (enum_declaration) (record_declaration)] @scope
[(method_declaration parameters: (_) @parameters) (constructor_declaration parameters: (_) @parameters)]
(formal_parameters [(receiver_parameter) (line_comment) (block_comment)] @parameters.other)
(lambda_expression parameters: (identifier) @parameters.one)
(lambda_expression parameters: [(formal_parameters) (inferred_parameters)] @parameters)

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_statement consequence: (_) @inc.if)
(for_statement body: (_) @inc.for)
(enhanced_for_statement body: (_) @inc.for)
(while_statement body: (_) @inc.while)
(do_statement body: (_) @inc.do)
(catch_clause body: (_) @inc.catch)
(switch_expression body: (_) @inc.switch)

; A body that costs one however deep it is, and nests what it holds.
(if_statement alternative: (_) @flat.else)
(if_statement alternative: (if_statement consequence: (_) @flat.elif @without.inc.if) @without.flat.else)

; An expression that costs like a body and is one; its path counts for cyclomatic complexity.
(ternary_expression) @ternary.path

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "||"]) @boolean
(binary_expression operator: "&&" @and.path)
(binary_expression operator: "||" @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)] operator: ["&&" "||"])
(binary_expression operator: ["&&" "||"] right: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)])

; A jump to a label.
(break_statement (identifier)) @jump.break
(continue_statement (identifier)) @jump.continue

; What cyclomatic complexity alone weighs.
(switch_label "case") @count.case

; Asked only of a function in whose text its own name is called.
((method_invocation !object name: (identifier) @call) (#set! asked "recursion"))
((method_invocation object: (this) @call.receiver name: (identifier) @call) (#set! asked "recursion"))
