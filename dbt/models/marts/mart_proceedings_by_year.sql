{{ count_allegations(['has_proceedings'], known="has_proceedings <> 'not_known'") }}
