{{ count_allegations(['case_to_answer'], officers=false) }}
