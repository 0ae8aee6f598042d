; What is measured.
[(method_declaration) (constructor_declaration) (destructor_declaration) (operator_declaration) (local_function_statement)
 (accessor_declaration body: (_)) (lambda_expression) (anonymous_method_expression)] @fn
(variable_declarator (lambda_expression) @without.fn) @fn
[(class_declaration) (struct_declaration) (interface_declaration) (record_declaration) (namespace_declaration)] @scope
(parameter_list) @parameters
(parameter_list (comment) @parameters.other)
(delegate_declaration parameters: (_) @without.parameters)
(lambda_expression parameters: (implicit_parameter) @parameters.one)

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_statement consequence: (_) @inc.if)
(for_statement body: (_) @inc.for)
(foreach_statement body: (_) @inc.for)
(while_statement body: (_) @inc.while)
(do_statement body: (_) @inc.do)
(catch_clause body: (_) @inc.catch)
(switch_statement body: (_) @inc.switch)

; A body that costs one however deep it is, and nests what it holds.
(if_statement alternative: (_) @flat.else)
(if_statement alternative: (if_statement consequence: (_) @flat.elif @without.inc.if) @without.flat.else)

; An expression that costs like a body and is one; its path counts for cyclomatic complexity.
(conditional_expression) @ternary.path
(switch_expression) @ternary.switch

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "||" "??"]) @boolean
(binary_expression operator: ["&&"] @and.path)
(binary_expression operator: ["||" "??"] @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "||" "??"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||" "??"]) @below)] operator: ["&&" "||" "??"])
(binary_expression operator: ["&&" "||" "??"] right: [(binary_expression operator: ["&&" "||" "??"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||" "??"]) @below)])

; A jump to a label.
(goto_statement) @jump.goto

; What cyclomatic complexity alone weighs.
(switch_section "case") @count.case
(switch_expression_arm) @count.case
(switch_expression_arm (discard)) @count.case-default

; Asked only of a function in whose text its own name is called.
((invocation_expression function: (identifier) @call) (#set! asked "recursion"))
((invocation_expression function: (member_access_expression expression: "this" @call.receiver name: (identifier) @call))
  (#set! asked "recursion"))
