; What is measured. A block is no function of its own: what it holds is nested.
[(method) (singleton_method)] @fn
[(class) (module) (singleton_class)] @scope
(method_parameters) @parameters

; A body that costs one and one more for each level it is nested in, and nests what it holds.
[(if consequence: (_) @inc.if) (unless consequence: (_) @inc.unless)]
[(if_modifier body: (_) @inc.if) (unless_modifier body: (_) @inc.unless)]
[(while body: (_) @inc.while) (until body: (_) @inc.until) (for body: (_) @inc.for)]
[(while_modifier body: (_) @inc.while) (until_modifier body: (_) @inc.until)]
(rescue body: (_) @inc.rescue)

; A body that costs one however deep it is, and nests what it holds.
(elsif consequence: (_) @flat.elif)
(if alternative: (else) @flat.else)
(elsif alternative: (else) @flat.else)
(unless alternative: (else) @flat.else)

; A body that costs nothing, and nests what it holds.
[(do_block body: (_) @nest) (block body: (_) @nest)]

; An expression that costs like a body and is one; its path counts for cyclomatic complexity.
(conditional) @ternary.path
[(case) (case_match)] @ternary.switch

; A sequence of like operators costs one; @below is an operation whose parent is one, parentheses aside.
(binary operator: ["&&" "and" "||" "or"]) @boolean
(binary operator: ["&&" "and"] @and.path)
(binary operator: ["||" "or"] @or.path)
(binary left: [(binary operator: ["&&" "and" "||" "or"]) @below (parenthesized_statements (binary operator: ["&&" "and" "||" "or"]) @below)] operator: ["&&" "and" "||" "or"])
(binary operator: ["&&" "and" "||" "or"] right: [(binary operator: ["&&" "and" "||" "or"]) @below (parenthesized_statements (binary operator: ["&&" "and" "||" "or"]) @below)])

; What cyclomatic complexity alone weighs.
[(when) (in_clause)] @count.case

; Asked only of a function in whose text its own name is called.
((call !receiver method: (identifier) @call) (#set! asked "recursion"))
((call receiver: (self) @call.receiver method: (identifier) @call) (#set! asked "recursion"))
