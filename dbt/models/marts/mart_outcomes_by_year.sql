{{ count_allegations(['action_path']) }}
