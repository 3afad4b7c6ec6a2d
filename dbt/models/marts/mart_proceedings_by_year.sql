{{ count_allegations(['has_proceedings']) }}
