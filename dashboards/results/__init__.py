"""What pages say of evaluations: which ones, their scores, how far people agree, what is wrong with a form."""
