; What is measured, and what gives it its dotted name.
(function_definition) @fn
(class_definition) @scope
(decorated_definition) @decorated
(parameters) @parameters
(parameters [(keyword_separator) (positional_separator) (comment)] @parameters.other)

; A decorator: a function that only defines a function and returns. What it wraps is not nested in it.
(function_definition
  body: (block
    . (comment)* . [(function_definition) (decorated_definition)]
    . (comment)* . (return_statement) . (comment)* .)) @wrapper

; A body that costs one and one more for each level it is nested in, and nests what it holds.
(if_statement consequence: (_) @inc.if)
(for_statement body: (_) @inc.for)
(while_statement body: (_) @inc.while)
(except_clause (block) @inc.except)
(match_statement body: (_) @inc.match)

; A body that costs one however deep it is, and nests what it holds.
(elif_clause consequence: (_) @flat.elif)
(if_statement (else_clause body: (_) @flat.else))

; A body that costs nothing, and nests what it holds.
(lambda body: (_) @nest)

; An expression that costs like a body and is one.
(conditional_expression) @ternary

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(boolean_operator) @boolean
(boolean_operator operator: "and" @and)
(boolean_operator operator: "or" @or)
(boolean_operator [(boolean_operator) @below (parenthesized_expression (boolean_operator) @below)])

; What only some profiles weigh.
(case_clause) @count.case
(case_clause "case" . (case_pattern "_") . ":" !guard) @count.case-default
(case_clause "case" . (case_pattern (dotted_name . (identifier) .)) . ":" !guard) @count.case-default
(for_statement (else_clause) @count.loop-else)
(while_statement (else_clause) @count.loop-else)
(try_statement (else_clause) @count.try-else)
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @count.comprehension
(for_in_clause) @count.comprehension-for
(list_comprehension (if_clause) @count.comprehension-if)
(set_comprehension (if_clause) @count.comprehension-if)
(dictionary_comprehension (if_clause) @count.comprehension-if)
(generator_expression (if_clause) @count.comprehension-if)
(assert_statement) @count.assert

; Asked only of a function in whose text its own name is called: by its plain name, or on its receiver.
((call function: (identifier) @call) (#set! asked "recursion"))
((call function: (attribute object: (identifier) @call.receiver attribute: (identifier) @call))
  (#set! asked "recursion"))
