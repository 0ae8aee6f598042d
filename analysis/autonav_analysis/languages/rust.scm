; What is measured.
[(function_item) (closure_expression)] @fn
(let_declaration value: (closure_expression) @without.fn) @fn
[(impl_item) (trait_item) (mod_item)] @scope
(function_item parameters: (parameters) @parameters)
(function_item parameters: (parameters [(line_comment) (block_comment) (attribute_item)] @parameters.other))
(closure_expression parameters: (closure_parameters) @parameters)

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_expression consequence: (_) @inc.if)
(for_expression body: (_) @inc.for)
(while_expression body: (_) @inc.while)
(loop_expression body: (_) @inc.loop)
(match_expression body: (_) @inc.match)

; A body that costs one however deep it is, and nests what it holds.
(else_clause (block) @flat.else)
(else_clause (if_expression consequence: (_) @flat.elif @without.inc.if))
(let_declaration alternative: (block) @flat.else)

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary_expression operator: ["&&" "||"]) @boolean
(binary_expression operator: "&&" @and.path)
(binary_expression operator: "||" @or.path)
(binary_expression left: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)] operator: ["&&" "||"])
(binary_expression operator: ["&&" "||"] right: [(binary_expression operator: ["&&" "||"]) @below (parenthesized_expression (binary_expression operator: ["&&" "||"]) @below)])

; A jump to a label.
(break_expression (label)) @jump.break
(continue_expression (label)) @jump.continue

; What cyclomatic complexity alone weighs: a match has a path for each arm, of which one is taken anyway.
(match_expression) @count.case-default
(match_arm) @count.case
(match_pattern condition: (_) @count.path)
(let_declaration alternative: (_) @count.path)
(try_expression) @count.path

; Asked only of a function in whose text its own name is called.
((call_expression function: (identifier) @call) (#set! asked "recursion"))
((call_expression function: (field_expression value: (self) @call.receiver field: (field_identifier) @call))
  (#set! asked "recursion"))
((call_expression function: (scoped_identifier path: (identifier) @call.receiver name: (identifier) @call))
  (#set! asked "recursion"))
