; Units of measure, and what names them.
(function_definition) @fn
(class_definition) @scope
(lambda body: (_) @nest)
(function_definition body: (block . (function_definition) . (return_statement) .)) @decorator
(parameters [
  (identifier) (default_parameter) (typed_parameter) (typed_default_parameter)
  (list_splat_pattern) (dictionary_splat_pattern) (tuple_pattern)
] @parameter)

; One, and one more for each level of nesting. It is the body that raises the nesting.
(if_statement consequence: (_) @nest) @inc
(for_statement body: (_) @nest) @inc
(while_statement body: (_) @nest) @inc
(except_clause (block) @nest) @inc
(match_statement body: (_) @nest) @inc.switch
(conditional_expression) @inc.ternary

; One, however deep.
(elif_clause consequence: (_) @nest) @flat.elif
(if_statement (else_clause body: (_) @nest) @flat)

; A sequence of like operators counts once.
(boolean_operator operator: "and") @and
(boolean_operator operator: "or") @or
(boolean_operator [(boolean_operator) @sub (parenthesized_expression (boolean_operator) @sub)])

; Paths only: no cognitive weight.
(case_clause) @case
(case_clause (case_pattern "_") . consequence: (_)) @case.default
(for_statement (else_clause) @loopelse)
(while_statement (else_clause) @loopelse)
(try_statement (else_clause) @tryelse)
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @comp
(for_in_clause) @comp.for
(list_comprehension (if_clause) @comp.if)
(set_comprehension (if_clause) @comp.if)
(dictionary_comprehension (if_clause) @comp.if)
(generator_expression (if_clause) @comp.if)
(assert_statement) @assert
