; What is measured.
[(function_declaration) (method_declaration) (func_literal)] @fn
(function_declaration parameters: (parameter_list (parameter_declaration name: (identifier) @parameters.one)))
(function_declaration parameters: (parameter_list (variadic_parameter_declaration) @parameters.one))
(method_declaration parameters: (parameter_list (parameter_declaration name: (identifier) @parameters.one)))
(method_declaration parameters: (parameter_list (variadic_parameter_declaration) @parameters.one))
(func_literal parameters: (parameter_list (parameter_declaration name: (identifier) @parameters.one)))
(func_literal parameters: (parameter_list (variadic_parameter_declaration) @parameters.one))

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_statement consequence: (_) @inc.if)
(for_statement body: (_) @inc.for)
[(expression_switch_statement) (type_switch_statement) (select_statement)] @ternary.switch

; A body that costs one however deep it is, and nests what it holds.
(if_statement alternative: (block) @flat.else)
(if_statement alternative: (if_statement consequence: (_) @flat.elif @without.inc.if))

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "||"]) @boolean
(binary_expression operator: "&&" @and.path)
(binary_expression operator: "||" @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)] operator: ["&&" "||"])
(binary_expression operator: ["&&" "||"] right: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)])

; A jump to a label.
(goto_statement) @jump.goto
(break_statement (label_name)) @jump.break
(continue_statement (label_name)) @jump.continue

; What cyclomatic complexity alone weighs.
[(expression_case) (type_case) (communication_case)] @count.case

; Asked only of a function in whose text its own name is called.
((call_expression function: (identifier) @call) (#set! asked "recursion"))
