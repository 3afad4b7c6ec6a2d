{{ count_allegations(['case_type'], known="case_type <> 'unknown'") }}
