"""Trainings that are interrupted, saved, killed, continued and prolonged."""

import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from helpers import nets_of_all_kinds, over_nets, process_context
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
pytestmark = pytest.mark.usefixtures("single_thread")

REGRESSORS = nets_of_all_kinds(max_epochs=8, batch_size=16, random_state=0)
over_regressors = over_nets(REGRESSORS)
over_schedules = pytest.mark.parametrize(
    "schedule", [None, "one_cycle", "cosine", "plateau"]
)


class StopAfter(skorch.callbacks.Callback):
    """Fail at the end, or in the midst, of an epoch, as a killed process does."""

    def __init__(self, epoch, error, in_batch=False):
        self.epoch = epoch
        self.error = error
        self.in_batch = in_batch

    def on_batch_end(self, net, **kwargs):
        if self.in_batch and len(net.history) > self.epoch:
            raise self.error

    def on_epoch_end(self, net, **kwargs):
        if not self.in_batch and len(net.history) > self.epoch:
            raise self.error


@over_regressors
@pytest.mark.parametrize("in_batch", [False, True])
def test_interrupt_keeps_what_was_learned(regressor, in_batch, data):
    callbacks = [("stop", StopAfter(3, KeyboardInterrupt, in_batch))]
    model = clone(regressor).set_params(callbacks=callbacks)
    with pytest.warns(UserWarning, match=r"interrupted after \d of max_epochs=8"):
        model.fit(*data)
    assert model.n_iter_ == (3 if in_batch else 4)
    assert np.isfinite(model.predict(data[0])).all()


@over_regressors
def test_interrupt_in_the_first_epoch_is_raised(regressor, data):
    callbacks = [StopAfter(0, KeyboardInterrupt, in_batch=True)]
    with pytest.raises(KeyboardInterrupt):
        clone(regressor).set_params(callbacks=callbacks).fit(*data)


class CountEpochs(skorch.callbacks.Callback):
    """Count the epochs that are trained, not those that a checkpoint holds."""

    def __init__(self):
        self.n_epochs = 0

    def on_epoch_begin(self, net, **kwargs):
        self.n_epochs += 1


def fit_counting(model, X, y):
    count = CountEpochs()
    params = {**model.get_params(deep=False), "callbacks": [count]}
    return type(model)(**params).fit(X, y), count.n_epochs


def assert_same_training(model, expected, X):
    assert model.loss_curve_ == expected.loss_curve_
    assert model.validation_loss_curve_ == expected.validation_loss_curve_
    assert_array_equal(model.predict(X), expected.predict(X))


@over_regressors
@over_schedules
def test_killed_training_continues_from_its_checkpoint(
    regressor, schedule, data, tmp_path
):
    X, y = data
    model = clone(regressor).set_params(learning_rate_schedule=schedule)
    expected = clone(model).fit(X, y)
    model.set_params(checkpoint_dir=tmp_path / "run")
    for epoch, in_batch in [(2, False), (4, True)]:
        kill = StopAfter(epoch, RuntimeError("killed"), in_batch)
        with pytest.raises(RuntimeError, match="killed"):
            clone(model).set_params(callbacks=[kill]).fit(X, y)
    model, n_epochs = fit_counting(model, X, y)
    assert n_epochs == expected.n_iter_ - 4
    assert_same_training(model, expected, X)


@over_regressors
def test_finished_training_is_not_repeated(regressor, data, tmp_path):
    model = clone(regressor).set_params(checkpoint_dir=tmp_path)
    expected = clone(model).fit(*data)
    model, n_epochs = fit_counting(model, *data)
    assert n_epochs == 0
    assert_same_training(model, expected, data[0])


@over_regressors
def test_checkpoint_keeps_the_state_of_early_stopping(regressor, data, tmp_path):
    X, _ = data
    y = np.random.default_rng(1).normal(size=60)
    model = clone(regressor).set_params(max_epochs=100, patience=4, learning_rate=0.02)
    expected = clone(model).fit(X, y)
    assert expected.n_iter_ < 100
    model.set_params(checkpoint_dir=str(tmp_path))
    # Within the patience: the best epoch lies before the kill.
    kill = StopAfter(expected.n_iter_ - 2, RuntimeError("killed"))
    with pytest.raises(RuntimeError, match="killed"):
        clone(model).set_params(callbacks=[kill]).fit(X, y)
    for _ in range(2):
        assert_same_training(model.fit(X, y), expected, X)


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_checkpoint_needs_a_seed(random_state, data, tmp_path):
    model = FeedForwardRegressor(checkpoint_dir=tmp_path, random_state=random_state)
    with pytest.raises(ValueError, match="checkpoint_dir needs an int as random_state"):
        model.fit(*data)


def test_checkpoint_survives_a_kill_while_writing(data, tmp_path, monkeypatch):
    model = clone(REGRESSORS[0]).set_params(checkpoint_dir=tmp_path)
    expected = clone(model).set_params(checkpoint_dir=None).fit(*data)
    save = torch.save

    def save_half(state, path):
        if len(state["history"]) == 4:
            path.write_bytes(b"half a checkpoint")
            raise OSError("killed")
        save(state, path)

    monkeypatch.setattr(torch, "save", save_half)
    with pytest.raises(OSError, match="killed"):
        clone(model).fit(*data)
    monkeypatch.undo()
    model.fit(*data)
    assert model.loss_curve_ == expected.loss_curve_


@over_regressors
def test_trainings_share_a_directory(regressor, data, tmp_path):
    X, y = data
    regressor = clone(regressor).set_params(max_epochs=2)
    changes = [
        ({}, X, y, None),
        ({}, X[::-1], y, None),
        ({}, X, -y, None),
        ({}, X, y, np.arange(1, 61)),
        ({"random_state": 1}, X, y, None),
        ({"l1_penalty": 0.1}, X, y, None),
        ({"batch_size": 8}, X, y, None),
        ({"patience": 2}, X, y, None),
    ]
    for params, *arrays in changes:
        model = clone(regressor).set_params(**params)
        expected = clone(model).fit(*arrays)
        model.set_params(checkpoint_dir=tmp_path).fit(*arrays)
        assert_same_training(model, expected, X)
    assert len(list(tmp_path.iterdir())) == len(changes)


@over_regressors
@over_schedules
def test_any_order_of_max_epochs(regressor, schedule, data, tmp_path):
    X, y = data
    # Shorter than all, longer than all, between two.
    lengths = (4, 2, 5, 3)
    regressor = clone(regressor).set_params(learning_rate_schedule=schedule)
    done = [0]
    for max_epochs in lengths:
        model = clone(regressor).set_params(max_epochs=max_epochs)
        expected = clone(model).fit(X, y)
        model.set_params(checkpoint_dir=tmp_path)
        model, n_epochs = fit_counting(model, X, y)
        assert_same_training(model, expected, X)
        reached = max(n for n in done if n <= max_epochs)
        stretched = schedule in {"one_cycle", "cosine"}
        assert n_epochs == max_epochs - (0 if stretched else reached)
        done.append(max_epochs)
    for max_epochs in lengths:
        model.set_params(max_epochs=max_epochs)
        assert fit_counting(model, X, y)[1] == 0


@over_regressors
def test_killed_long_training_serves_a_shorter_one(regressor, data, tmp_path):
    X, y = data
    model = clone(regressor).set_params(checkpoint_dir=tmp_path)
    kill = StopAfter(3, RuntimeError("killed"))
    with pytest.raises(RuntimeError, match="killed"):
        clone(model).set_params(callbacks=[kill]).fit(X, y)
    model.set_params(max_epochs=5)
    shorter, n_epochs = fit_counting(model, X, y)
    assert n_epochs == 2
    assert_same_training(shorter, model.set_params(checkpoint_dir=None).fit(X, y), X)


@over_regressors
def test_more_epochs_after_early_stopping_change_nothing(regressor, data, tmp_path):
    X, _ = data
    y = np.random.default_rng(1).normal(size=60)
    model = clone(regressor).set_params(max_epochs=100, patience=4, learning_rate=0.02)
    expected = clone(model).fit(X, y)
    assert expected.n_iter_ < 100
    model.set_params(checkpoint_dir=tmp_path)
    for max_epochs in (expected.n_iter_ - 2, 100, 200):
        model.set_params(max_epochs=max_epochs)
        last = clone(model).fit(X, y)
    assert_same_training(last, expected, X)


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_search_with_checkpoints(n_jobs, data, tmp_path):
    grid = {"max_epochs": [4, 2, 6], "learning_rate": [1e-3, 1e-2]}
    search = GridSearchCV(REGRESSORS[0], grid, cv=3).fit(*data)
    saved = clone(REGRESSORS[0]).set_params(checkpoint_dir=tmp_path)
    with joblib.parallel_config("threading", n_jobs=n_jobs):
        for _ in range(2):
            again = GridSearchCV(saved, grid, cv=3).fit(*data)
            assert_array_equal(
                again.cv_results_["mean_test_score"],
                search.cv_results_["mean_test_score"],
            )
    # Two rates on three folds and, for the refit, on all data.
    assert len(list(tmp_path.iterdir())) == 2 * 3 + 1


def test_same_training_several_times_at_once(data, tmp_path):
    X, y = data
    model = clone(REGRESSORS[0]).set_params(max_epochs=20)
    expected = clone(model).fit(X, y)
    model.set_params(checkpoint_dir=tmp_path)
    with ThreadPoolExecutor(4) as pool:
        for fitted in pool.map(lambda _: clone(model).fit(X, y), range(8)):
            assert_same_training(fitted, expected, X)
    assert [path.name for path in tmp_path.glob("*/*")] == ["20.pt"]


def break_by(change):
    def break_file(path):
        state = torch.load(path, weights_only=True)
        change(state)
        torch.save(state, path)

    return break_file


@over_regressors
@pytest.mark.parametrize(
    "break_file",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"garbage"),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        *(
            break_by(lambda state, part=part: state.pop(part))
            for part in ("module", "optimizer", "history", "random_state", "callbacks")
        ),
        break_by(lambda state: state["module"].popitem()),
        break_by(lambda state: state["random_state"].pop("cpu")),
        break_by(lambda state: state["callbacks"].pop("early_stopping")),
        break_by(lambda state: state["callbacks"].pop("learning_rate")),
        break_by(lambda state: state["callbacks"]["early_stopping"].pop("misses_")),
    ],
)
def test_damaged_checkpoint(regressor, break_file, data, tmp_path):
    model = clone(regressor).set_params(
        max_epochs=2, checkpoint_dir=tmp_path, learning_rate_schedule="plateau"
    )
    expected = clone(model).fit(*data)
    (path,) = tmp_path.glob("*/*.pt")
    break_file(path)
    match = r"checkpoint_dir='.*' holds a .* lacks a part, .*2\.pt \(.*\); delete this"
    with pytest.raises(ValueError, match=match):
        model.fit(*data)
    path.unlink()
    assert_same_training(model.fit(*data), expected, data[0])


def test_scores_of_numpy_in_the_history_can_be_saved(data, tmp_path):
    def score(net, X, y):
        return np.float64(0.5)

    scoring = skorch.callbacks.EpochScoring(score, name="score")
    model = clone(REGRESSORS[0]).set_params(
        max_epochs=2, checkpoint_dir=tmp_path, callbacks=[scoring]
    )
    for _ in range(2):
        model.fit(*data)
        assert model.net_.history[:, "score"] == [0.5, 0.5]


def slow_to_save(**params):
    """A net whose checkpoints take longer to write than an epoch."""
    return UNetRegressor(
        n_channels=2,
        n_hidden=20_000,
        max_epochs=12,
        patience=12,
        learning_rate_schedule="plateau",
        random_state=0,
        **params,
    )


class Report(skorch.callbacks.Callback):
    """Tell another process of every epoch, right before its checkpoint is written."""

    def __init__(self, connection):
        self.connection = connection

    def on_epoch_end(self, net, **kwargs):
        self.connection.send(len(net.history))


def train_and_report(X, folder, connection):
    torch.set_num_threads(1)
    model = slow_to_save(checkpoint_dir=folder, callbacks=[Report(connection)])
    model.fit(X, X[:, :4])


def test_training_that_is_killed_at_random_moments(tmp_path, rng):
    X = rng.uniform(size=(60, 16))
    context = process_context()
    for _ in range(2):
        receiver, sender = context.Pipe(duplex=False)
        arguments = (X, tmp_path / "run", sender)
        process = context.Process(target=train_and_report, args=arguments)
        process.start()
        sender.close()
        for _ in range(rng.integers(2, 5)):
            receiver.recv()
        time.sleep(rng.uniform(0, 0.01))
        process.kill()
        process.join()
        receiver.close()
    (folder,) = (tmp_path / "run").iterdir()
    # What a kill at the worst moment leaves.
    (folder / "12.0123456789abcdef.partial").write_bytes(b"half a checkpoint")
    expected = slow_to_save().fit(X, X[:, :4])
    model = slow_to_save(checkpoint_dir=tmp_path / "run")
    model, n_epochs = fit_counting(model, X, X[:, :4])
    assert 0 < n_epochs < 12
    assert_same_training(model, expected, X)


def test_checkpoint_dir_that_is_a_file(data, tmp_path):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(
        ValueError, match=r"checkpoint_dir must be a folder, got .*file"
    ):
        FeedForwardRegressor((8,), checkpoint_dir=path, random_state=0).fit(*data)
