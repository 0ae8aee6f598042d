; What is measured. A lambda is no function of its own: what it holds is nested.
[(function_declaration) (anonymous_function) (secondary_constructor) (anonymous_initializer) (getter) (setter)] @fn
[(class_declaration) (object_declaration) (companion_object)] @scope
(function_value_parameters (parameter) @parameters.one)

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_expression condition: (_) . (_) @inc.if)
(for_statement (_) @inc.for .)
(while_statement (block) @inc.while .)
(do_while_statement (block) @inc.do)
(catch_block (block) @inc.catch)
(when_expression) @ternary.switch

; A body that costs one however deep it is, and nests what it holds.
(if_expression "else" . (_) @flat.else)
(if_expression "else" . (if_expression condition: (_) . (_) @flat.elif @without.inc.if) @without.flat.else)

; A body that costs nothing, and nests what it holds.
(lambda_literal) @nest

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "||" "?:"]) @boolean
(binary_expression operator: ["&&"] @and.path)
(binary_expression operator: ["||" "?:"] @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "||" "?:"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||" "?:"]) @below)] operator: ["&&" "||" "?:"])
(binary_expression operator: ["&&" "||" "?:"] right: [(binary_expression operator: ["&&" "||" "?:"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||" "?:"]) @below)])

; A jump to a label.
((labeled_expression (label) @jump.continue) (#match? @jump.continue "^(break|continue)@"))

; What cyclomatic complexity alone weighs.
(when_entry) @count.case
(when_entry "else") @count.case-default

; Asked only of a function in whose text its own name is called.
((call_expression . (identifier) @call) (#set! asked "recursion"))
((call_expression . (navigation_expression (this_expression) @call.receiver (identifier) @call .)) (#set! asked "recursion"))
