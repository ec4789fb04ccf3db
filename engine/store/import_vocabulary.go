package store

// The dictionaries learn from the rows that were accepted, so that a rejected row leaves no word behind. What they know
// already costs a look at the index, once per word and not per row.

const learnCategories = `INSERT INTO category_names (category) SELECT DISTINCT category FROM staged WHERE category <> '' ON CONFLICT DO NOTHING`

const learnTags = `INSERT INTO tag_names (tag) SELECT DISTINCT tag FROM staged, unnest(tags) tag WHERE tag <> '' ON CONFLICT DO NOTHING`
