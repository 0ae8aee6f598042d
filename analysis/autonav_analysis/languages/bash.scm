; What is measured.
(function_definition) @fn

; A command that costs one and one more for each level it is nested in, and nests what it holds, its branches too.
(if_statement) @ternary.if
(for_statement body: (_) @inc.for)
(c_style_for_statement body: (_) @inc.for)
(while_statement body: (_) @inc.while)
(case_statement) @ternary.switch

; What costs one however deep it is; it holds what the command around nests.
(elif_clause) @jump.elif
(else_clause) @jump.else

; A sequence of like operators costs one; @below is an operation whose parent is one.
(list) @boolean
(list "&&" @and.path)
(list "||" @or.path)
(list (list) @below)
(binary_expression operator: ["&&" "||"]) @boolean
(binary_expression operator: "&&" @and.path)
(binary_expression operator: "||" @or.path)
(binary_expression left: (binary_expression operator: ["&&" "||"]) @below operator: ["&&" "||"])
(binary_expression operator: ["&&" "||"] right: (binary_expression operator: ["&&" "||"]) @below)

; What cyclomatic complexity alone weighs.
(case_item) @count.case
((case_item value: (extglob_pattern) @_all) @count.case-default (#eq? @_all "*"))

; Asked only of a function in whose text its own name is called.
((command name: (command_name (word) @call)) (#set! asked "recursion"))
