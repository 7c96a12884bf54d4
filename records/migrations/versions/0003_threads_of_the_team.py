"""Threads of the team's channel, who of the team is who there, and conversations that others read along."""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shared', sa.Boolean(), server_default=sa.false(), nullable=False))

    op.create_table('agent_identities',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('agent', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('external', sa.String(length=128), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent'], ['agents.id'], name=op.f('fk_agent_identities_agent')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_identities')),
    sa.UniqueConstraint('channel', 'external', name=op.f('uq_agent_identities_channel_external'))
    )
    with op.batch_alter_table('agent_identities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agent_identities_agent'), ['agent'], unique=False)

    op.create_table('threads',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('handoff', sa.String(length=40), nullable=False),
    sa.Column('conversation', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('place', sa.String(length=128), nullable=False),
    sa.Column('anchor', sa.String(length=64), nullable=True),
    sa.Column('last_seq', sa.Integer(), nullable=False),
    sa.Column('shown', sa.String(length=64), nullable=False),
    sa.Column('declined', sa.JSON(), nullable=False),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['handoff'], ['handoffs.id'], name=op.f('fk_threads_handoff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_threads')),
    sa.UniqueConstraint('handoff', 'channel', name=op.f('uq_threads_handoff_channel'))
    )
    with op.batch_alter_table('threads', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_threads_handoff'), ['handoff'], unique=False)
        batch_op.create_index(batch_op.f('ix_threads_conversation'), ['conversation'], unique=False)
        batch_op.create_index(batch_op.f('ix_threads_open'), ['open'], unique=False)
        batch_op.create_index('ix_threads_channel_place_anchor', ['channel', 'place', 'anchor'], unique=False)

    op.create_table('thread_lines',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('thread', sa.String(length=40), nullable=False),
    sa.Column('external_id', sa.String(length=64), nullable=False),
    sa.Column('author', sa.String(length=128), nullable=False),
    sa.Column('agent', sa.String(length=40), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('message', sa.String(length=40), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['thread'], ['threads.id'], name=op.f('fk_thread_lines_thread')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thread_lines')),
    sa.UniqueConstraint('thread', 'external_id', name=op.f('uq_thread_lines_thread_external_id'))
    )
    with op.batch_alter_table('thread_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_thread_lines_thread'), ['thread'], unique=False)
        batch_op.create_index(batch_op.f('ix_thread_lines_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_thread_lines_message'), ['message'], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table('thread_lines')
    op.drop_table('threads')
    op.drop_table('agent_identities')
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_column('shared')
