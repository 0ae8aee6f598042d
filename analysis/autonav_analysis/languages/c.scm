; What is measured.
(function_definition) @fn
(function_definition declarator: (function_declarator parameters: (parameter_list) @parameters))
(function_definition declarator: (_ declarator: (function_declarator parameters: (parameter_list) @parameters)))
(function_definition declarator: (_ declarator: (_ declarator: (function_declarator parameters: (parameter_list) @parameters))))
((function_declarator parameters: (parameter_list . (parameter_declaration type: (primitive_type) @_type !declarator) @parameters.other .))
  (#eq? @_type "void"))
(parameter_list (comment) @parameters.other)

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_statement consequence: (_) @inc.if)
(for_statement body: (_) @inc.for)
(while_statement body: (_) @inc.while)
(do_statement body: (_) @inc.do)
(switch_statement body: (_) @inc.switch)

; A body that costs one however deep it is, and nests what it holds.
(else_clause (_) @flat.else)
(else_clause (if_statement consequence: (_) @flat.elif @without.inc.if) @without.flat.else)
(else_clause (comment) @without.flat.else)

; An expression that costs like a body and is one; its path counts for cyclomatic complexity.
(conditional_expression) @ternary.path

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "||"]) @boolean
(binary_expression operator: "&&" @and.path)
(binary_expression operator: "||" @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)] operator: ["&&" "||"])
(binary_expression operator: ["&&" "||"] right: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)])

; A jump to a label.
(goto_statement) @jump.goto

; What cyclomatic complexity alone weighs.
(case_statement "case") @count.case

; Asked only of a function in whose text its own name is called.
((call_expression function: (identifier) @call) (#set! asked "recursion"))
