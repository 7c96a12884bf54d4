"""What the review looks at, what reviewers said, and drafts of articles."""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('review_drafts',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('origin', sa.String(length=128), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('questions', sa.JSON(), nullable=False),
    sa.Column('conversations', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('article', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reviewer', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_drafts')),
    sa.UniqueConstraint('origin', name=op.f('uq_review_drafts_origin'))
    )
    with op.batch_alter_table('review_drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_drafts_state'), ['state'], unique=False)

    op.create_table('review_items',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('message', sa.String(length=40), nullable=False),
    sa.Column('conversation', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('signals', sa.JSON(), nullable=False),
    sa.Column('usefulness', sa.Float(), nullable=False),
    sa.Column('golden', sa.Boolean(), nullable=False),
    sa.Column('intent', sa.String(length=64), nullable=True),
    sa.Column('ranking', sa.JSON(), nullable=False),
    sa.Column('articles', sa.JSON(), nullable=False),
    sa.Column('decision', sa.String(length=16), nullable=True),
    sa.Column('human', sa.Text(), nullable=True),
    sa.Column('encoder', sa.String(length=64), nullable=False),
    sa.Column('vector', sa.LargeBinary(), nullable=False),
    sa.Column('cluster', sa.String(length=40), nullable=False),
    sa.Column('rank', sa.Float(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('lease_owner', sa.String(length=64), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('postponed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_items')),
    sa.UniqueConstraint('message', name=op.f('uq_review_items_message'))
    )
    with op.batch_alter_table('review_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_items_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_items_cluster'), ['cluster'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_items_conversation'), ['conversation'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_items_customer'), ['customer'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_items_digest'), ['digest'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_items_state'), ['state'], unique=False)

    op.create_table('verdicts',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('item', sa.String(length=40), nullable=False),
    sa.Column('press', sa.String(length=40), nullable=False),
    sa.Column('agent', sa.String(length=40), nullable=True),
    sa.Column('reviewer', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('target', sa.Text(), nullable=True),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('keep', sa.String(length=8), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('applied_to', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['item'], ['review_items.id'], name=op.f('fk_verdicts_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verdicts'))
    )
    with op.batch_alter_table('verdicts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_verdicts_applied_at'), ['applied_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_verdicts_item'), ['item'], unique=False)
        batch_op.create_index(batch_op.f('ix_verdicts_press'), ['press'], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table('verdicts')
    op.drop_table('review_items')
    op.drop_table('review_drafts')
