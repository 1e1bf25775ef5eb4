"""What labels are held against: a checkpoint's view of photos and of words in general.

material  the reference photos, words and labels that ship with Framed
photos    the photos' vectors, once for each model and engine, kept on disk
build     words and photos -> the set that fits a bank's templates
learnt    whether what a bank learnt holds, and its rows by examples
scorer    one bank's labels held against it
scorers   of all banks of one model, made behind the questions
"""
